import type { BackendName } from '../../lib';
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

  /** Connections that the probes have made, so that every change finds the same: none. */
  async forgetConnections(): Promise<void> {
    await this.#shell.run('conntrack -F 2> /dev/null');
  }

  /** Other people's rules of several kinds, with counters that are not zero. Traffic of the probes meets none of them. */
  async addForeignRules(): Promise<void> {
    if (this.backend === 'nft') {
      await this.#shell.run(`nft -f - <<'END'\n${FOREIGN_NFT}END`);
    } else {
      await this.#shell.run(`iptables-legacy-restore -c <<'END'\n${foreignLegacy('203.0.113.0/24')}END`);
      await this.#shell.run(`ip6tables-legacy-restore -c <<'END'\n${foreignLegacy('2001:db8:99::/48')}END`);
    }
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

function foreignLegacy(net: string): string {
  return `*filter
:INPUT ACCEPT [11:1100]
:FORWARD DROP [22:2200]
:OUTPUT ACCEPT [33:3300]
:zulu - [0:0]
:alpha - [0:0]
[5:500] -A INPUT -s ${net} -p tcp -m multiport --dports 80,443,8445 -j zulu
[6:600] -A INPUT -s ${net} -m statistic --mode nth --every 3 --packet 1 -j DROP
[7:700] -A FORWARD -s ${net} -m comment --comment "not of ours" -j ACCEPT
[8:800] -A zulu -m hashlimit --hashlimit-name some --hashlimit-above 5/sec --hashlimit-mode srcip -j DROP
[9:900] -A alpha -j LOG --log-prefix "hello "
COMMIT
*mangle
:PREROUTING ACCEPT [44:4400]
:INPUT ACCEPT [55:5500]
:FORWARD ACCEPT [66:6600]
:OUTPUT ACCEPT [77:7700]
:POSTROUTING ACCEPT [88:8800]
[10:1000] -A PREROUTING -s ${net} -j MARK --set-xmark 0x5/0xff
COMMIT
*nat
:PREROUTING ACCEPT [1:100]
:INPUT ACCEPT [2:200]
:OUTPUT ACCEPT [3:300]
:POSTROUTING ACCEPT [4:400]
[12:1200] -A PREROUTING -s ${net} -p tcp -m tcp --dport 8445 -j REDIRECT --to-ports 1
[13:1300] -A OUTPUT -d ${net} -j ACCEPT
COMMIT
`;
}

const FOREIGN_NFT = `table inet other {
  map ports { type inet_service : inet_service; elements = { 8445 : 1, 9000 : 2 }; }
  set nets { type ipv4_addr; flags interval; elements = { 203.0.113.0/24, 198.18.0.0/15 }; }
  counter visits { packets 7 bytes 700 }
  chain nat { type nat hook prerouting priority -90; ip saddr @nets meta l4proto tcp redirect to :tcp dport map @ports; }
  chain input {
    type filter hook input priority 10; policy accept;
    ip saddr @nets counter packets 5 bytes 500 drop comment "not of ours"
    ip6 saddr 2001:db8:99::/48 counter name visits reject
  }
}
table ip older {
  chain forward { type filter hook forward priority 0; policy drop; counter packets 9 bytes 900; }
}
`;
