import type { BackendName } from '../../lib';
import { addForeignRules } from '../support/foreign-firewall';
import type { Namespace } from '../support/namespace';
import { Shell } from '../support/shell';

/** What the real tools list at one moment. */
export interface Listing {
  /** Ours, in alphabetical order, without counters and handles. */
  readonly own: string;
  /** Everybody else's, byte for byte, with counters. */
  readonly foreign: string;
}

/** Watches a namespace through iptables-save and nft. */
export class Observer {
  readonly #shell: Shell;

  constructor(
    namespace: Namespace,
    readonly backend: BackendName,
  ) {
    this.#shell = new Shell(namespace);
  }

  async list(): Promise<Listing> {
    if (this.backend === 'nft') return splitNft(await this.#shell.run('nft -j list ruleset'));
    return splitLegacy(await this.#shell.run('iptables-legacy-save -c && ip6tables-legacy-save -c'));
  }

  addForeignRules(): Promise<void> {
    return addForeignRules(this.#shell, this.backend);
  }

  /** Connections that the probes have made, so that every change finds the same: none. */
  async forgetConnections(): Promise<void> {
    await this.#shell.run('conntrack -F 2> /dev/null');
  }

  close(): Promise<void> {
    return this.#shell.close();
  }
}

function splitLegacy(text: string): Listing {
  const lines = text.split('\n').filter((line) => !line.startsWith('#'));
  const own: string[] = [];
  const foreign: string[] = [];
  let table = '';
  let family = 0;
  for (const line of lines) {
    if (line.startsWith('*')) {
      // The tables of the second tool come after those of the first, in the same order.
      if (line <= table) family += 1;
      table = line;
    }
    const isOwn = line.includes('portshift');
    if (isOwn) own.push(`${family} ${table} ${line.replaceAll(/\[\d+:\d+\] ?/g, '')}`);
    else foreign.push(line);
  }
  return { own: own.sort().join('\n'), foreign: foreign.join('\n') };
}

type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

function splitNft(text: string): Listing {
  const { nftables } = JSON.parse(text) as {
    nftables: readonly { readonly [kind: string]: { [key: string]: Json } }[];
  };
  const own: string[] = [];
  const foreign: string[] = [];
  for (const item of nftables) {
    const isOwn = Object.entries(item).some(
      ([kind, { name, table }]) => (kind === 'table' ? name : table) === 'portshift',
    );
    if (isOwn) own.push(JSON.stringify(timeless(item)));
    else foreign.push(JSON.stringify(item));
  }
  return { own: own.sort().join('\n'), foreign: foreign.join('\n') };
}

const COUNTED = new Set(['handle', 'packets', 'bytes']);

/** Without what counts; elements of sets come in no order. */
function timeless(value: Json): Json {
  if (Array.isArray(value)) return value.map(timeless);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => !COUNTED.has(key))
      .map(([key, inner]) => [
        key,
        key === 'elem' && Array.isArray(inner) ? sorted(inner.map(timeless)) : timeless(inner),
      ]),
  );
}

function sorted(values: Json[]): Json[] {
  return values.sort((a, b) => JSON.stringify(a).localeCompare(JSON.stringify(b)));
}
