import { access, constants, mkdir, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FirewallError } from '../errors';

/** Whose rules, in which network namespace (a path; undefined: the process's own). */
export interface Place {
  readonly namespace: string | undefined;
  readonly owner: string;
}

export interface StateOptions {
  /** Whether to make the directory where there is none. Default true. */
  readonly create?: boolean;
}

/**
 * The beginning of the names of everything that portshift keeps outside the kernel for that owner in that namespace, in
 * a directory that a reboot empties, as it does the rules.
 * @throws FirewallError ERR_PERMISSION, ERR_NOT_FOUND
 */
export async function statePath(
  { namespace = '/proc/self/ns/net', owner }: Place,
  { create = true }: StateOptions = {},
): Promise<string> {
  return join(await stateDirectory(create), `${await namespaceKey(namespace)}-${owner}`);
}

async function namespaceKey(namespace: string): Promise<string> {
  try {
    const { dev, ino } = await stat(namespace);
    return `${dev}-${ino}`;
  } catch (error) {
    throw new FirewallError('ERR_NOT_FOUND', `namespace: ${error instanceof Error ? error.message : String(error)}`, {
      field: 'namespace',
      value: namespace,
      cause: error,
    });
  }
}

/** The first directory that can be had for this user alone. */
async function stateDirectory(create: boolean): Promise<string> {
  const named = process.env['PORTSHIFT_STATE_DIR'];
  const runtime = process.env['XDG_RUNTIME_DIR'];
  const candidates =
    named === undefined
      ? [
          '/run/portshift',
          ...(runtime === undefined ? [] : [join(runtime, 'portshift')]),
          join(tmpdir(), `portshift-${process.getuid?.()}`),
        ]
      : [named];
  const reasons: string[] = [];
  for (const directory of candidates) {
    try {
      if (create) await makeDirectory(directory);
      await access(directory, constants.W_OK);
      const found = await stat(directory);
      const isPrivate = found.uid === process.getuid?.() && (found.mode & 0o022) === 0;
      if (found.isDirectory() && isPrivate) return directory;
      reasons.push(`${directory} is no directory, belongs to another user or is writable by others`);
    } catch (error) {
      reasons.push(error instanceof Error ? error.message : String(error));
    }
  }
  throw new FirewallError(
    'ERR_PERMISSION',
    `there is no place to record the change for its rollback (${reasons.join('; ')}); name a directory of your own in PORTSHIFT_STATE_DIR`,
  );
}

/** The last part of the path alone: with `recursive`, Node.js never comes back from a parent that cannot be made. */
async function makeDirectory(directory: string): Promise<void> {
  try {
    await mkdir(directory, { mode: 0o700 });
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  }
}
