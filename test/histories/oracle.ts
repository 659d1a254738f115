import type { Family } from '../support/hosts';

/** What the tables hold, by owner and family, in the words of `factsOf`; and everybody else's rules as they are. */
export interface Reading {
  readonly facts: ReadonlyMap<string, readonly string[]>;
  readonly foreign: string;
}

/** `owner ipv4`. */
export function factsKey(owner: string, family: Family): string {
  return `${owner} ${family}`;
}

class Facts {
  readonly #byKey = new Map<string, Set<string>>();

  add(owner: string, families: readonly Family[], fact: string): void {
    for (const family of families) {
      const key = factsKey(owner, family);
      this.#byKey.set(key, (this.#byKey.get(key) ?? new Set()).add(fact));
    }
  }

  sorted(): Map<string, string[]> {
    return new Map([...this.#byKey].map(([key, facts]) => [key, [...facts].sort()]));
  }
}

/** Lines of `iptables-save -c`, or like them, of both families. */
export function readLegacy(lines: readonly (readonly [Family, string])[], owners: readonly string[]): Reading {
  const facts = new Facts();
  const foreign: string[] = [];
  for (const [family, line] of lines) {
    const owner = owners.find((one) => line.includes(` ${one}.`) || line.startsWith(`:${one}.`));
    if (owner === undefined) {
      foreign.push(`${family} ${line}`);
      continue;
    }
    const fact = legacyFact(line);
    if (fact !== undefined) facts.add(owner, [family], fact);
  }
  return { facts: facts.sorted(), foreign: foreign.join('\n') };
}

function legacyFact(line: string): string | undefined {
  const protocol = /-p (tcp|udp)/.exec(line)?.[1];
  const target = /--to-(?:ports |destination :)(\d+)/.exec(line)?.[1];
  const port = /--dport (\d+)/.exec(line)?.[1];
  if (target !== undefined) return `${line.includes('-o lo') ? 'loopback' : 'redirect'} ${protocol} ${port}>${target}`;
  return port !== undefined && line.includes('-j DROP') ? `closed ${protocol} ${port}` : undefined;
}

interface NftChain {
  readonly name: string;
  readonly table: string;
  readonly type?: string;
  readonly hook?: string;
}

interface NftSet {
  readonly name: string;
  readonly table: string;
  readonly elem?: readonly unknown[];
}

interface NftItem {
  readonly table?: { readonly name: string };
  readonly chain?: NftChain;
  readonly set?: NftSet;
  readonly map?: NftSet;
  readonly rule?: { readonly table: string; readonly chain: string; readonly expr: unknown };
}

/** The output of `nft -j list ruleset`. A table of ours is for both families; what a set is for, the rules that look it up tell. */
export function readNft(json: string, owners: readonly string[]): Reading {
  const { nftables } = JSON.parse(json) as { nftables: readonly NftItem[] };
  const facts = new Facts();
  for (const owner of owners) {
    const own = nftables.filter((item) => tableOf(item) === `portshift.${owner}`);
    for (const fact of nftFacts(own)) facts.add(owner, ['ipv4', 'ipv6'], fact);
  }
  const tables = new Set(owners.map((owner) => `portshift.${owner}`));
  const foreign = nftables.filter((item) => !tables.has(tableOf(item)));
  return { facts: facts.sorted(), foreign: foreign.map((item) => JSON.stringify(item)).join('\n') };
}

function tableOf({ table, chain, set, map, rule }: NftItem): string {
  return table?.name ?? (chain ?? set ?? map ?? rule)?.table ?? '';
}

function nftFacts(items: readonly NftItem[]): string[] {
  const chains = new Map(items.flatMap(({ chain }) => (chain === undefined ? [] : [[chain.name, chain]])));
  const sets = new Map(items.flatMap(({ set, map }) => [set, map].flatMap((one) => (one ? [[one.name, one]] : []))));
  return items.flatMap(({ rule }) => {
    const kind = kindOf(chains.get(rule?.chain ?? ''));
    const name = /"@(\w+)"/.exec(JSON.stringify(rule?.expr ?? ''))?.[1] ?? '';
    const protocol = /^(?:tcp|udp)/.exec(name)?.[0];
    if (kind === undefined || protocol === undefined) return [];
    return (sets.get(name)?.elem ?? []).map((element) => {
      const [key, target] = Array.isArray(element) ? element : [element, undefined];
      return `${kind} ${protocol} ${keyOf(key)}${target === undefined ? '' : `>${target}`}`;
    });
  });
}

function kindOf(chain: NftChain | undefined): string | undefined {
  if (chain?.type === 'nat') return chain.hook === 'output' ? 'loopback' : 'redirect';
  return chain?.hook === 'input' ? 'closed' : undefined;
}

/** An element is a port, or an object around it. */
function keyOf(element: unknown): unknown {
  if (typeof element !== 'object' || element === null || !('elem' in element)) return element;
  return (element.elem as { val: unknown }).val;
}
