import { access, constants, mkdir, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FirewallError } from '../errors';

/** Whose rules, in which network namespace (a path; undefined: the process's own). */
export interface Place {
  readonly namespace: string | undefined;
  readonly owner: string;
}

/**
 * The beginning of the names of everything that portshift keeps outside the kernel for that owner in that namespace, in
 * a directory that a reboot empties, as it does the rules.
 * @throws FirewallError ERR_PERMISSION, ERR_NOT_FOUND
 */
export async function statePath(place: Place): Promise<string> {
  const file = await fileName(place);
  const reasons: string[] = [];
  for (const directory of candidates()) {
    try {
      await makeDirectory(directory);
      if (await isOurs(directory)) return join(directory, file);
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

/** The same, to look for what is there. Undefined: there cannot be anything, for want of a directory. */
export async function existingStatePath(place: Place): Promise<string | undefined> {
  const file = await fileName(place);
  for (const directory of candidates()) {
    if (await isOurs(directory).catch(() => false)) return join(directory, file);
  }
  return undefined;
}

async function fileName({ namespace = '/proc/self/ns/net', owner }: Place): Promise<string> {
  return `${await namespaceKey(namespace)}-${owner}`;
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

/** In order of preference. */
function candidates(): string[] {
  const named = process.env['PORTSHIFT_STATE_DIR'];
  if (named !== undefined) return [named];
  const runtime = process.env['XDG_RUNTIME_DIR'];
  return [
    '/run/portshift',
    ...(runtime === undefined ? [] : [join(runtime, 'portshift')]),
    join(tmpdir(), `portshift-${process.getuid?.()}`),
  ];
}

/** A directory that this user alone can write to. @throws the error of access(2) or stat(2) */
async function isOurs(directory: string): Promise<boolean> {
  await access(directory, constants.W_OK);
  const found = await stat(directory);
  return found.isDirectory() && found.uid === process.getuid?.() && (found.mode & 0o022) === 0;
}

/** The last part of the path alone: with `recursive`, Node.js never comes back from a parent that cannot be made. */
async function makeDirectory(directory: string): Promise<void> {
  try {
    await mkdir(directory, { mode: 0o700 });
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  }
}
