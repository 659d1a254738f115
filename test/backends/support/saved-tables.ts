import type {
  AddressSpec,
  AddressType,
  Family,
  InterfaceSpec,
  PortSpan,
  TableMatch,
  TableName,
  TableRule,
  TableTarget,
} from '../../../lib/model/table-rule';

export interface SavedTable {
  readonly table: TableName;
  /** The rules of each chain, built-in ones included. */
  readonly chains: ReadonlyMap<string, readonly TableRule[]>;
}

/** What `iptables-save` prints of rules that portshift makes or has made. Throws where it says anything else. */
export function parseSaved(text: string, family: Family): SavedTable[] {
  const tables: { readonly table: TableName; readonly chains: Map<string, TableRule[]> }[] = [];
  for (const line of text.split('\n')) {
    const { table, chains } = tables.at(-1) ?? {};
    const [first = '', second = ''] = line.split(' ');
    if (first.startsWith('*')) tables.push({ table: first.slice(1) as TableName, chains: new Map() });
    else if (first.startsWith(':')) chains?.set(first.slice(1), []);
    else if (first === '-A' && table !== undefined) chains?.get(second)?.push(new Line(line, family).rule());
    else if (line !== '' && line !== 'COMMIT') throw new Error(`no model of ${line}`);
  }
  return tables;
}

const HOST: Readonly<Record<Family, { readonly bits: number; readonly mask: (prefix: number) => string }>> = {
  ipv4: { bits: 32, mask: (prefix) => [0, 8, 16, 24].map((from) => octet(prefix - from)).join('.') },
  ipv6: { bits: 128, mask: (prefix) => (prefix === 128 ? new Array(8).fill('ffff').join(':') : 'ff00::') },
};

function octet(bits: number): number {
  return 256 - 2 ** (8 - Math.min(8, Math.max(0, bits)));
}

type Writable<T> = { -readonly [Key in keyof T]: T[Key] };

/** One line, `-A CHAIN ...`, as the rule that it says. */
class Line {
  readonly #words: string[];
  readonly #family: Family;

  constructor(text: string, family: Family) {
    this.#words = [...text.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare ?? '').slice(2);
    this.#family = family;
  }

  rule(): TableRule {
    const rule: Writable<TableRule> = { matches: [], target: { target: 'none' } };
    const matches: TableMatch[] = [];
    let invert = false;
    while (this.#words.length > 0) {
      const word = this.#next();
      if (word === '!') {
        invert = true;
        continue;
      }
      if (word === '-p') rule.protocol = this.#next() as 'tcp' | 'udp';
      else if (word === '-d') rule.destination = this.#address();
      else if (word === '-i') rule.inInterface = this.#interface(invert);
      else if (word === '-o') rule.outInterface = this.#interface(invert);
      else if (word === '-m') matches.push(this.#match(this.#next()));
      else if (word === '-j') rule.target = this.#target(this.#next());
      else throw new Error(`no model of ${word}`);
      invert = false;
    }
    return { ...rule, matches };
  }

  #next(): string {
    return this.#words.shift() ?? '';
  }

  #value(option: string): string | undefined {
    if (this.#words[0] !== option) return undefined;
    this.#words.shift();
    return this.#next();
  }

  /** The value of an option with `!` in front of it. */
  #inverted(option: string): string | undefined {
    if (this.#words[0] !== '!' || this.#words[1] !== option) return undefined;
    this.#words.shift();
    return this.#value(option);
  }

  #address(): AddressSpec {
    const { bits, mask } = HOST[this.#family];
    const [address = '', prefix = String(bits)] = this.#next().split('/');
    return { address, mask: mask(Number(prefix)) };
  }

  #interface(invert: boolean): InterfaceSpec {
    return { name: this.#next(), ...(invert && { invert }) };
  }

  #ports(): { destinationPorts?: PortSpan; sourcePorts?: PortSpan } {
    const [sourcePorts, destinationPorts] = [this.#span('--sport'), this.#span('--dport')];
    return { ...(destinationPorts && { destinationPorts }), ...(sourcePorts && { sourcePorts }) };
  }

  #span(option: string): PortSpan | undefined {
    const [first, last = first] = (this.#value(option) ?? '').split(':');
    return first === '' ? undefined : [Number(first), Number(last)];
  }

  #match(name: string): TableMatch {
    switch (name) {
      case 'tcp': {
        const ports = this.#ports();
        const isSyn = this.#value('--tcp-flags') === 'FIN,SYN,RST,ACK' && this.#next() === 'SYN';
        return { match: 'tcp', ...ports, ...(isSyn && { syn: true }) };
      }
      case 'udp':
        return { match: 'udp', ...this.#ports() };
      case 'mark':
        return { match: 'mark', ...bits(this.#value('--mark')) };
      case 'addrtype': {
        const inverted = this.#inverted('--dst-type');
        const types = (inverted ?? this.#value('--dst-type') ?? '').toLowerCase().split(',') as AddressType[];
        return { match: 'addrtype', destinationTypes: types, ...(inverted !== undefined && { invert: true }) };
      }
      case 'conntrack': {
        const states = this.#inverted('--ctstate') ?? '';
        const direction = this.#value('--ctdir');
        return {
          match: 'conntrack',
          ...(states.includes('ESTABLISHED') && { notEstablished: true }),
          ...(states.includes('DNAT') && { notTranslated: true }),
          ...(direction === 'ORIGINAL' && { directionOriginal: true }),
          ...(direction === 'REPLY' && { directionReply: true }),
        };
      }
      case 'comment':
        return { match: 'comment', comment: this.#value('--comment') ?? '' };
      default:
        throw new Error(`no model of -m ${name}`);
    }
  }

  #target(name: string): TableTarget {
    switch (name) {
      case 'DNAT': {
        const [, address = '', port] = /^\[?(.*?)\]?:(\d+)$/.exec(this.#value('--to-destination') ?? '') ?? [];
        return { target: 'DNAT', ...(address !== '' && { address }), port: Number(port) };
      }
      case 'MARK':
        return { target: 'MARK', ...bits(this.#value('--set-xmark')) };
      case 'REJECT':
        return {
          target: 'REJECT',
          with: this.#value('--reject-with') === 'tcp-reset' ? 'tcp-reset' : 'port-unreachable',
        };
      case 'ACCEPT':
      case 'DROP':
      case 'RETURN':
        return { target: name };
      default:
        return { target: 'jump', chain: name };
    }
  }
}

function bits(text = ''): { value: number; mask: number } {
  const [value, mask] = text.split('/').map(Number);
  return { value: value ?? 0, mask: mask ?? 0 };
}
