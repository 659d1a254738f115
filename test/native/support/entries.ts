import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Family, TableName } from '../../../lib/model/table-rule';
import { exec } from '../../support/command';
import type { Namespace } from '../../support/namespace';

/** `struct ipt_entry` and `ip6t_entry`: where the 16 bytes of counters lie. */
const COUNTERS: Readonly<Record<Family, number>> = { ipv4: 96, ipv6: 152 };

/** The kernel's own bytes of the entries of a table, as hex, with the counters set to zero. */
export class EntryDump {
  readonly #directory = mkdtempSync(join(tmpdir(), 'portshift-dump-'));
  readonly #program = join(this.#directory, 'dump_entries');

  static async build(): Promise<EntryDump> {
    const dump = new EntryDump();
    const source = join(__dirname, '..', 'tools', 'dump_entries.cc');
    await exec('c++', ['-std=c++17', '-o', dump.#program, source]);
    return dump;
  }

  async of(namespace: Namespace, family: Family, table: TableName): Promise<string[]> {
    const { stdout } = await namespace.exec(this.#program, [family, table]);
    return stdout
      .trimEnd()
      .split('\n')
      .map((line) => withoutCounters(family, line.split(' ')[2] ?? ''));
  }

  remove(): void {
    rmSync(this.#directory, { recursive: true });
  }
}

function withoutCounters(family: Family, hex: string): string {
  const from = COUNTERS[family] * 2;
  return hex.slice(0, from) + '0'.repeat(32) + hex.slice(from + 32);
}
