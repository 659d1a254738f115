import { resolve } from 'node:path';

/** Returns a path that refers to the same file in another working directory, unless the present one is gone. */
export function fullPath(path: string): string {
  try {
    return resolve(path);
  } catch {
    return path;
  }
}
