import type { PortSpan, Protocol, TableRule } from '../../model/table-rule';
import { ANSWERS, CHAINS, type ChainId, chainPrefix, type JumpTest, jumpRule } from './chains';
import type { OwnTable } from './phases';

/** An own chain: a root, to which a built-in chain jumps, or a chain of the tree below it. */
export interface OwnChain {
  readonly id: ChainId;
  readonly table: OwnTable;
  readonly name: string;
  /** The number of chains of its tree that are above it: 0 for the root. */
  readonly depth: number;
  /** The chain of the tree that jumps here. Undefined for the root, to which a built-in chain jumps. */
  readonly above: OwnChain | undefined;
  /** The name of the chain that jumps here. */
  readonly hook: string;
  readonly jump: TableRule;
  /** The ports that its rules may match. Undefined for the root, where every rule may be. */
  readonly ports: PortKey | undefined;
  /** The chains of the tree that are directly below it, by the next digit of their ports. */
  readonly below: Readonly<Record<Protocol, OwnChain[]>>;
}

/** The ports that a rule matches, or that a chain is for. */
export interface PortKey {
  readonly protocol: Protocol;
  readonly span: PortSpan;
}

/** The number of digits of a port that is written with leading zeros: 65535 has five. */
const DIGITS = 5;

/** The number of ports that a chain directly below a root is for. */
const MOST_PORTS = 10_000;

const LAST_PORT = 65535;
const ALIAS: Readonly<Record<Protocol, string>> = { tcp: 't', udp: 'u' };
const NODE_NAME = /^([a-z]+)\.([tu])([0-9]{1,4})(x{1,4})$/;

/**
 * The own chains of one owner. Below each root is a tree of chains by port: one for every 10,000 ports, below it one
 * for every 1,000, 100 and 10, each created only when it is needed. A chain is named after its ports, with an `x` for
 * each digit that does not matter: `portshift.pre.t0844x` is reached through `portshift.pre.t084xx` by TCP packets to
 * ports 8440 to 8449. With an owner's name of 16 bytes, that makes 27 of the 28 bytes that a chain's name may have
 * (`XT_EXTENSION_MAXNAMELEN`, linux/netfilter/x_tables.h).
 */
export class PortTree {
  readonly #chains = new Map<string, OwnChain>();
  readonly #roots = new Map<ChainId, OwnChain>();

  constructor(readonly owner: string) {}

  root(id: ChainId): OwnChain {
    let chain = this.#roots.get(id);
    if (chain === undefined) {
      const name = `${chainPrefix(this.owner)}${id}`;
      const { table, hook, test } = CHAINS[id];
      const jump = jumpRule(name, test);
      chain = {
        id,
        table,
        name,
        depth: 0,
        above: undefined,
        hook,
        jump,
        ports: undefined,
        below: { tcp: [], udp: [] },
      };
      this.#roots.set(id, chain);
      this.#chains.set(name, chain);
    }
    return chain;
  }

  /**
   * Returns the chain directly below this one that may hold a rule for these ports as well, or undefined if there is
   * none.
   */
  below(chain: OwnChain, { protocol, span }: PortKey): OwnChain | undefined {
    const ports = MOST_PORTS / 10 ** chain.depth;
    if (ports <= 1) return undefined;
    const digits = Math.floor(span[0] / ports);
    if (digits !== Math.floor(span[1] / ports)) return undefined;
    return chain.below[protocol][digits % 10] ?? this.#grow(chain, protocol, digits);
  }

  /** Returns the chains that may hold a rule for these ports, from the root down. */
  path(id: ChainId, key: PortKey): OwnChain[] {
    const path: OwnChain[] = [];
    for (let chain: OwnChain | undefined = this.root(id); chain !== undefined; chain = this.below(chain, key)) {
      path.push(chain);
    }
    return path;
  }

  /** Returns the own chain of that name, or undefined for a chain that is foreign in spite of its name. */
  find(name: string): OwnChain | undefined {
    const known = this.#chains.get(name);
    if (known !== undefined) return known;
    const prefix = chainPrefix(this.owner);
    if (!name.startsWith(prefix)) return undefined;
    const rest = name.slice(prefix.length);
    if (Object.hasOwn(CHAINS, rest)) return this.root(rest as ChainId);
    const [, id = '', alias, digits = '', wild = ''] = NODE_NAME.exec(rest) ?? [];
    if (!Object.hasOwn(CHAINS, id) || digits.length + wild.length !== DIGITS) return undefined;
    const first = firstOf(digits);
    if (first > LAST_PORT) return undefined;
    const protocol = alias === ALIAS.tcp ? 'tcp' : 'udp';
    return this.path(id as ChainId, { protocol, span: [first, first] })[digits.length];
  }

  /** @param value the digits that the ports of the new chain have in common, as a number */
  #grow(above: OwnChain, protocol: Protocol, value: number): OwnChain {
    const { id, table, name: hook } = above;
    const depth = above.depth + 1;
    const digits = String(value).padStart(depth, '0');
    const name = `${chainPrefix(this.owner)}${id}.${ALIAS[protocol]}${digits.padEnd(DIGITS, 'x')}`;
    const span: PortSpan = [firstOf(digits), Math.min(Number(digits.padEnd(DIGITS, '9')), LAST_PORT)];
    const ports = { protocol, span };
    const jump = jumpRule(name, portTest(id, ports));
    const chain: OwnChain = { id, table, name, depth, above, hook, jump, ports, below: { tcp: [], udp: [] } };
    this.#chains.set(name, chain);
    above.below[protocol][value % 10] = chain;
    return chain;
  }
}

/** Returns true if a rule for these ports may be in the chain. */
export function covers({ ports }: OwnChain, key: PortKey | undefined): boolean {
  if (ports === undefined) return true;
  if (key === undefined || key.protocol !== ports.protocol) return false;
  return ports.span[0] <= key.span[0] && key.span[1] <= ports.span[1];
}

function portTest(id: ChainId, { protocol, span }: PortKey): JumpTest {
  const ports = id === ANSWERS ? { sourcePorts: span } : { destinationPorts: span };
  return { protocol, matches: [{ match: protocol, ...ports }] };
}

function firstOf(digits: string): number {
  return Number(digits.padEnd(DIGITS, '0'));
}
