import { resolve } from 'node:path';

/** A path that means the same file in another working directory, unless that of now is gone. */
export function fullPath(path: string): string {
  try {
    return resolve(path);
  } catch {
    return path;
  }
}
