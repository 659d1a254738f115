import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import type { Firewall } from '../api/firewall';
import type { SavedRules } from '../api/saved-rules';
import type { Applied } from '../engine/applied';
import { parseEntry } from '../model/entry';
import { openStateDirectory, type StateDirectory } from '../state/directory';
import { type Place, recordFile } from '../state/place';
import { errnoOf, FirewallError, messageOf } from '../util/errors';

/** The rules before and after the last change made from the command line. */
export interface HistoryRecord {
  readonly before: SavedRules;
  readonly after: SavedRules;
}

const { O_RDONLY, O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW, O_NONBLOCK } = constants;

/** The largest size of a record, in bytes. A record with every port of every protocol published is a quarter of it. */
const LONGEST_RECORD = 64 * 1024 * 1024;

/**
 * Records the last change, one record per namespace and owner. If another process made changes since, the record does
 * not match what is installed, which is detected when it is rolled back.
 */
export class History {
  #directory: StateDirectory | undefined;
  #file: string | undefined;

  constructor(readonly place: Place) {}

  /**
   * Opens the directory before anything is changed, so that the record is written to the directory that was valid then.
   * If the directory cannot be opened, the change is made nevertheless, as it does not need one.
   */
  async prepare(): Promise<void> {
    try {
      this.#open();
    } catch {
      // `record` reports the error when there is something to record.
    }
  }

  /** @throws FirewallError ERR_CONFLICT (damaged), ERR_PERMISSION (no place for one), ERR_UNSUPPORTED */
  async read(): Promise<HistoryRecord | undefined> {
    const { path, name } = this.#open();
    try {
      const record: unknown = JSON.parse(await readRecord(path));
      if (!isRecord(record)) throw new TypeError('not a record');
      return record;
    } catch (error) {
      if (errnoOf(error) === 'ENOENT') return undefined;
      throw new FirewallError('ERR_CONFLICT', `the record of the last change, ${name}, cannot be read; remove it`, {
        cause: error,
      });
    }
  }

  /**
   * Records a change. Returns the reason if it could not; then the record of an earlier change is removed too, so that
   * it is not taken for the last one.
   */
  async record(firewall: Firewall, applied: Applied | undefined): Promise<string | undefined> {
    if (applied === undefined || applied.added.length + applied.removed.length === 0) return undefined;
    try {
      const after = await firewall.save();
      const before = new Set(after.rules);
      for (const { text } of applied.added) before.delete(text);
      for (const { text } of applied.removed) before.add(text);
      const record: HistoryRecord = { before: { rules: [...before] }, after };
      await replaceFile(this.#open().path, JSON.stringify(record));
      return undefined;
    } catch (error) {
      await this.forget();
      return messageOf(error);
    }
  }

  /** Removes the record. Returns the reason if it is still there. */
  async forget(): Promise<string | undefined> {
    try {
      await rm(this.#open().path, { force: true });
      return undefined;
    } catch (error) {
      return messageOf(error);
    }
  }

  close(): void {
    this.#directory?.descriptor.close();
    this.#directory = undefined;
  }

  #open(): { readonly path: string; readonly name: string } {
    this.#directory ??= openStateDirectory();
    this.#file ??= recordFile(this.place);
    return { path: this.#directory.descriptor.at(this.#file), name: `${this.#directory.name}/${this.#file}` };
  }
}

async function readRecord(path: string): Promise<string> {
  const file = await open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  try {
    const stats = await file.stat();
    if (!stats.isFile() || stats.size > LONGEST_RECORD) throw new TypeError('not a record');
    return await file.readFile('utf8');
  } finally {
    await file.close();
  }
}

/** Replaces a file atomically: afterwards it holds either the whole text or its previous contents. */
async function replaceFile(path: string, text: string): Promise<void> {
  const temporary = `${path}.${randomBytes(8).toString('hex')}`;
  const file = await open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
  try {
    await file.writeFile(text).finally(() => file.close());
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw error;
  }
}

function isRecord(value: unknown): value is HistoryRecord {
  const record = value as Partial<HistoryRecord> | null;
  return isSaved(record?.before) && isSaved(record?.after);
}

function isSaved(value: Partial<SavedRules> | undefined): boolean {
  return Array.isArray(value?.rules) && value.rules.every((line) => typeof line === 'string' && parseEntry(line));
}
