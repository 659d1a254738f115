import { access, constants, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FirewallError } from '../errors';
import type { Firewall, SavedRules } from '../firewall';
import type { Applied } from '../receipt';
import { parseEntry } from '../rules/entry';

/** The rules before and after the last change made from the command line. */
export interface HistoryRecord {
  readonly before: SavedRules;
  readonly after: SavedRules;
}

/**
 * One record per namespace and owner, in a directory that a reboot empties, as it does the rules. A record that does
 * not fit what is installed, because another process made changes or because a namespace's number was used again, is
 * noticed when it is rolled back.
 */
export class History {
  #file: string | undefined;

  constructor(
    readonly namespace: string | undefined,
    readonly owner: string,
  ) {}

  /** Makes sure, before anything is changed, that the change can be recorded. @throws FirewallError ERR_PERMISSION */
  async prepare(): Promise<void> {
    await this.#path();
  }

  async read(): Promise<HistoryRecord | undefined> {
    const file = await this.#path();
    try {
      const record: unknown = JSON.parse(await readFile(file, 'utf8'));
      if (!isRecord(record)) throw new TypeError('not a record');
      return record;
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
      throw new FirewallError('ERR_CONFLICT', `the record of the last change, ${file}, cannot be read; remove it`, {
        cause: error,
      });
    }
  }

  async record(firewall: Firewall, applied: Applied | undefined): Promise<void> {
    if (applied === undefined || applied.added.length + applied.removed.length === 0) return;
    const after = await firewall.save();
    const before = new Set(after.rules);
    for (const { text } of applied.added) before.delete(text);
    for (const { text } of applied.removed) before.add(text);
    const file = await this.#path();
    const record: HistoryRecord = { before: { rules: [...before] }, after };
    await writeFile(`${file}.${process.pid}`, JSON.stringify(record), { mode: 0o600 });
    await rename(`${file}.${process.pid}`, file);
  }

  async forget(): Promise<void> {
    await rm(await this.#path(), { force: true });
  }

  async #path(): Promise<string> {
    if (this.#file === undefined) {
      const { dev, ino } = await stat(this.namespace ?? '/proc/self/ns/net');
      this.#file = join(await stateDirectory(), `${dev}-${ino}-${this.owner}.json`);
    }
    return this.#file;
  }
}

function isRecord(value: unknown): value is HistoryRecord {
  const record = value as Partial<HistoryRecord> | null;
  return isSaved(record?.before) && isSaved(record?.after);
}

function isSaved(value: Partial<SavedRules> | undefined): boolean {
  return Array.isArray(value?.rules) && value.rules.every((line) => typeof line === 'string' && parseEntry(line));
}

/** The first directory that can be had for this user alone. */
async function stateDirectory(): Promise<string> {
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
      await makeDirectory(directory);
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
    `there is no place to record the change for \`portshift rollback\` (${reasons.join('; ')}); name a directory of your own in PORTSHIFT_STATE_DIR`,
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
