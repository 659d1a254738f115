import { randomBytes } from 'node:crypto';
import {
  accessSync,
  chmodSync,
  constants,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  type Stats,
} from 'node:fs';
import { basename, dirname, isAbsolute, join, resolve } from 'node:path';
import { errnoOf, FirewallError, isExhausted, messageOf } from '../util/errors';
import { Descriptor } from './descriptor';
import { fullPath } from './full-path';

/** The directory, outside the kernel, that the processes of one user share. */
export interface StateDirectory {
  readonly descriptor: Descriptor;
  /** The path for messages, and for the PORTSHIFT_STATE_DIR of child processes. */
  readonly name: string;
}

/**
 * A possible place of the directory. If `name` is undefined, others may write to the parent, so the directory gets a
 * name that nobody can predict.
 */
interface Candidate {
  readonly parent: string;
  readonly name?: string;
  /**
   * True if the parent belongs to the system by convention. Its owner does not show that where root is outside this
   * user namespace.
   */
  readonly isSystems?: boolean;
}

const { O_RDONLY, O_DIRECTORY, O_NOFOLLOW, W_OK } = constants;
const [STICKY, WRITABLE_BY_GROUP, WRITABLE_BY_ALL] = [0o1000, 0o020, 0o002];

/** How often a directory is made anew because another process of this user made one at the same time. */
const ATTEMPTS = 50;

/**
 * Opens the directory, and makes it if it is missing. This user owns it, nobody else may write to it, and all accesses
 * to it go through its descriptor. PORTSHIFT_STATE_DIR names it; otherwise it is the first usable one of
 * /run/portshift, portshift in XDG_RUNTIME_DIR, and one in TMPDIR or /tmp.
 * @throws FirewallError ERR_PERMISSION, ERR_UNSUPPORTED (no descriptor left)
 */
export function openStateDirectory(): StateDirectory {
  const reasons: string[] = [];
  const found = firstUsable(true, reasons);
  if (found !== undefined) return found;
  throw new FirewallError('ERR_PERMISSION', `there is no safe place for it (${reasons.join('; ')}); ${remedy()}`);
}

/** Opens the directory if it exists. @throws FirewallError ERR_UNSUPPORTED (no descriptor left) */
export function findStateDirectory(): StateDirectory | undefined {
  return firstUsable(false, []);
}

function firstUsable(make: boolean, reasons: string[]): StateDirectory | undefined {
  for (const candidate of candidates()) {
    try {
      const found = openCandidate(candidate, make);
      if (found !== undefined) return found;
    } catch (error) {
      if (isExhausted(error)) throw exhausted(error);
      reasons.push(messageOf(error));
    }
  }
  return undefined;
}

/** Returns the possible places in order of preference. */
function candidates(): Candidate[] {
  const { PORTSHIFT_STATE_DIR: named, XDG_RUNTIME_DIR: runtime, TMPDIR: temporary } = process.env;
  if (named) {
    const path = fullPath(named);
    return [{ parent: dirname(path), name: basename(path), isSystems: true }];
  }
  return [
    { parent: '/run', name: 'portshift', isSystems: true },
    ...(runtime && isAbsolute(runtime) ? [{ parent: runtime, name: 'portshift' }] : []),
    ...(temporary && isAbsolute(temporary) && resolve(temporary) !== '/tmp' ? [{ parent: temporary }] : []),
    { parent: '/tmp', isSystems: true },
  ];
}

function openCandidate({ parent: path, name, isSystems }: Candidate, make: boolean): StateDirectory | undefined {
  const parent = Descriptor.open(path, O_RDONLY | O_DIRECTORY);
  try {
    checkParent(path, parent.stat(), isSystems === true);
    if (name === undefined) return openUnforeseeable(parent, path, make);
    if (make) makeDirectory(parent.at(name));
    return openOwn(parent, name, join(path, name));
  } finally {
    parent.close();
  }
}

/**
 * Throws if the owner of the parent, or a user who may rename its entries, could replace the directory by another one.
 */
function checkParent(path: string, { uid, gid, mode }: Stats, isSystems: boolean): void {
  const isTrusted = uid === 0 || uid === ownUid() || (isSystems && uid === uidOfStrangers());
  if (!isTrusted) throw new Error(`${path} belongs to another user, of uid ${uid}`);
  const isGroups = (mode & WRITABLE_BY_GROUP) !== 0 && gid !== 0 && gid !== process.getegid?.();
  if (((mode & WRITABLE_BY_ALL) !== 0 || isGroups) && (mode & STICKY) === 0) {
    throw new Error(`others may write to ${path}, which has no sticky bit`);
  }
}

/**
 * Opens a directory that this user owns.
 * @throws the error of open(2); an Error with the reason why the directory cannot be used
 */
function openOwn(parent: Descriptor, name: string, path: string): StateDirectory {
  const descriptor = openDirectory(parent, name, path);
  try {
    const { uid, mode } = descriptor.stat();
    if (uid !== ownUid()) throw new Error(`${path} belongs to another user, of uid ${uid}`);
    if ((mode & (WRITABLE_BY_GROUP | WRITABLE_BY_ALL)) !== 0) throw new Error(`others may write to ${path}`);
    access(descriptor, path);
    return { descriptor, name: path };
  } catch (error) {
    descriptor.close();
    throw error;
  }
}

function openDirectory(parent: Descriptor, name: string, path: string): Descriptor {
  try {
    return Descriptor.open(parent.at(name), O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === 'ENOTDIR' || errno === 'ELOOP') throw new Error(`${path} is no directory`);
    if (errno === 'ENOENT') throw new Error(`${path} is not there`);
    throw error;
  }
}

function access(descriptor: Descriptor, path: string): void {
  try {
    accessSync(descriptor.path, W_OK);
  } catch (error) {
    throw new Error(`${path} cannot be written to (${errnoOf(error)})`);
  }
}

/** Makes a directory whose mode does not depend on the umask. Returns false if it could not, such as when it exists. */
function makeDirectory(path: string): boolean {
  try {
    mkdirSync(path, { mode: 0o700 });
    chmodSync(path, 0o700);
    return true;
  } catch (error) {
    // A directory that may not be made may exist.
    if (isExhausted(error)) throw error;
    return false;
  }
}

/**
 * Opens this user's directory in a parent that others may write to. It is recognized by its owner, which nobody can
 * forge.
 */
function openUnforeseeable(parent: Descriptor, path: string, make: boolean): StateDirectory | undefined {
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const [oldest] = ownIn(parent);
    if (oldest !== undefined) return openOwn(parent, oldest, join(path, oldest));
    if (!make) return undefined;
    const name = `${prefix()}${randomBytes(8).toString('hex')}`;
    if (!makeDirectory(parent.at(name))) throw new Error(`no directory can be made in ${path}`);
    // Of two processes that make one at the same time, at most one finds only its own.
    if (ownIn(parent).every((other) => other === name)) return openOwn(parent, name, join(path, name));
    removeEmpty(parent.at(name));
    pause(1 + Math.random() * 8);
  }
  throw new Error(`other processes of this user keep making directories in ${path}`);
}

function prefix(): string {
  return `portshift-${ownUid()}-`;
}

/** Returns the names of this user's directories, the oldest first. */
function ownIn(parent: Descriptor): string[] {
  const own: { readonly name: string; readonly born: number }[] = [];
  for (const name of readdirSync(parent.path)) {
    if (!name.startsWith(prefix())) continue;
    const stats = lstatSync(parent.at(name), { throwIfNoEntry: false });
    const isOwn = stats?.isDirectory() && stats.uid === ownUid() && (stats.mode & 0o077) === 0;
    if (stats !== undefined && isOwn) own.push({ name, born: stats.birthtimeMs });
  }
  return own.sort((one, other) => one.born - other.born || (one.name < other.name ? -1 : 1)).map(({ name }) => name);
}

function removeEmpty(path: string): void {
  try {
    rmdirSync(path);
  } catch {
    // Another process has started to use it.
  }
}

function pause(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

function ownUid(): number {
  return process.geteuid?.() ?? 0;
}

/**
 * Returns the uid that this user namespace shows for files of users outside of it, possibly including root. Returns
 * undefined if no user is outside (user_namespaces(7)).
 */
function uidOfStrangers(): number | undefined {
  try {
    if (/^\s*0\s+0\s+4294967295\s*$/.test(readFileSync('/proc/self/uid_map', 'utf8'))) return undefined;
    return Number(readFileSync('/proc/sys/kernel/overflowuid', 'utf8'));
  } catch {
    return undefined;
  }
}

function remedy(): string {
  const uid = ownUid();
  const directory = uid === 0 ? '/run/portshift' : `/run/portshift-${uid}`;
  const named = process.env['PORTSHIFT_STATE_DIR'];
  const path = named ? fullPath(named) : directory;
  return `make one for uid ${uid} alone (install -d -m 700 -o ${uid} ${path}) and name it in PORTSHIFT_STATE_DIR`;
}

function exhausted(error: unknown): FirewallError {
  return new FirewallError(
    'ERR_UNSUPPORTED',
    `the directory for portshift's records cannot be opened: ${messageOf(error)}; raise the limit (ulimit -n), or close what is open`,
    { errno: errnoOf(error) ?? 'EMFILE', cause: error },
  );
}
