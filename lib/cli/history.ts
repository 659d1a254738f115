import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { FirewallError } from '../errors';
import type { Firewall } from '../firewall';
import type { Applied } from '../receipt';
import { parseEntry } from '../rules/entry';
import type { SavedRules } from '../saved-rules';
import { type Place, statePath } from '../state/directory';

/** The rules before and after the last change made from the command line. */
export interface HistoryRecord {
  readonly before: SavedRules;
  readonly after: SavedRules;
}

/**
 * One record per namespace and owner. A record that does not fit what is installed, because another process made changes or because a namespace's number was used again, is
 * noticed when it is rolled back.
 */
export class History {
  #file: string | undefined;

  constructor(readonly place: Place) {}

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
    this.#file ??= `${await statePath(this.place)}.json`;
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
