import {
  addressOf,
  hostWordOf,
  type RulesetExpression,
  type RulesetRule,
  type RulesetVerdict,
  textOf,
} from '../backends/nft';
import { bytesOf } from './nft-value';
import { extensionText } from './rule-text';

/** The contents of registers, in words. */
type Names = Map<number, string>;

/** Returns a rule in about the words of nft(8). Expressions that are not decoded appear by their name only. */
export function expressionsText({ expressions }: RulesetRule): string {
  const names: Names = new Map();
  const parts: string[] = [];
  for (const one of expressions) {
    const text = expressionText(one, names);
    if (text !== undefined) parts.push(text);
  }
  return withProtocol(parts).join(' ');
}

/** Returns `tcp dport 22` instead of `th dport 22` if the rule tests for TCP, and drops that test; the same for UDP. */
function withProtocol(parts: readonly string[]): string[] {
  const test = /^(?:meta l4proto|ip protocol|ip6 nexthdr) (tcp|udp)$/;
  const protocol = parts.map((part) => test.exec(part)?.[1]).find((found) => found !== undefined);
  const isTold = parts.some((part) => part.startsWith('th '));
  if (protocol === undefined || !isTold) return [...parts];
  return parts.filter((part) => !test.test(part)).map((part) => part.replace(/^th /, `${protocol} `));
}

function expressionText(one: RulesetExpression, names: Names): string | undefined {
  switch (one.expr) {
    case 'meta':
      if ('sreg' in one) return `meta ${one.key} set ${names.get(one.sreg) ?? ''}`.trim();
      names.set(one.dreg, one.key === 'iifname' || one.key === 'oifname' ? one.key : `meta ${one.key}`);
      return undefined;
    case 'payload':
      if ('dreg' in one) names.set(one.dreg, payloadName(one.base, one.offset, one.length));
      return 'dreg' in one ? undefined : 'payload set';
    case 'ct':
      if ('sreg' in one) return `ct ${one.key} set`;
      names.set(one.dreg, ['ct', one.direction, one.key].filter((word) => word !== undefined).join(' '));
      return undefined;
    case 'fib':
      names.set(one.dreg, `fib ${one.flags} ${one.result}`);
      return undefined;
    case 'bitwise':
      if ('mask' in one) names.set(one.dreg, `${names.get(one.sreg) ?? ''} & 0x${one.mask}`);
      return undefined;
    case 'byteorder':
    case 'counter':
      return undefined;
    case 'cmp':
    case 'range':
    case 'lookup':
      return testText(one, names);
    case 'immediate':
      if ('verdict' in one) return verdictText(one);
      names.set(one.dreg, one.data);
      return undefined;
    default:
      return actionText(one, names);
  }
}

function testText(
  one: Extract<RulesetExpression, { expr: 'cmp' | 'range' | 'lookup' }>,
  names: Names,
): string | undefined {
  const name = names.get(one.sreg) ?? '';
  switch (one.expr) {
    case 'cmp': {
      const sign = { eq: '', neq: '!= ', lt: '< ', lte: '<= ', gt: '> ', gte: '>= ' }[one.op];
      return `${name} ${sign}${valueText(name, one.data)}`;
    }
    case 'range':
      return `${name} ${one.op === 'neq' ? '!= ' : ''}${valueText(name, one.from)}-${valueText(name, one.to)}`;
    default: {
      const kind = one.dreg === undefined ? '' : one.dreg === 0 ? 'vmap ' : 'map ';
      const text = `${name} ${one.invert === true ? '!= ' : ''}${kind}@${one.set}`;
      if (one.dreg === undefined || one.dreg === 0) return text;
      names.set(one.dreg, text);
      return undefined;
    }
  }
}

function actionText(one: RulesetExpression, names: Names): string {
  const registered = (register: number | undefined) => (register === undefined ? '' : (names.get(register) ?? ''));
  const port = (register: number | undefined) => {
    const text = registered(register);
    if (text === '') return '';
    return `:${/^[0-9a-f]{4}$/.test(text) ? Number.parseInt(text, 16) : text}`;
  };
  switch (one.expr) {
    case 'nat': {
      const address = registered(one.addressReg);
      return `${one.type} to ${/^([0-9a-f]{8}|[0-9a-f]{32})$/.test(address) ? addressOf(address) : address}${port(one.portReg)}`;
    }
    case 'redir':
      return `redirect${one.portReg === undefined ? '' : ` to ${port(one.portReg)}`}`;
    case 'tproxy':
      return `tproxy to ${port(one.portReg)}`;
    case 'match':
      return extensionText(one.name, one.revision, bytesOf(one.data));
    case 'target':
      return `-j ${one.name}`;
    case 'unknown':
      return one.name;
    default:
      return one.expr;
  }
}

function verdictText(verdict: RulesetVerdict): string {
  return 'chain' in verdict ? `${verdict.verdict} ${verdict.chain}` : verdict.verdict;
}

function payloadName(base: string, offset: number, length: number): string {
  const name = PAYLOADS[`${base} ${offset} ${length}`];
  return name ?? `@${base},${offset * 8},${length * 8}`;
}

const PAYLOADS: Readonly<Record<string, string>> = {
  'transport 0 2': 'th sport',
  'transport 2 2': 'th dport',
  'transport 13 1': 'tcp flags',
  'network 9 1': 'ip protocol',
  'network 12 4': 'ip saddr',
  'network 16 4': 'ip daddr',
  'network 6 1': 'ip6 nexthdr',
  'network 8 16': 'ip6 saddr',
  'network 24 16': 'ip6 daddr',
};

const PROTOCOLS: Readonly<Record<string, string>> = { '06': 'tcp', '11': 'udp', '01': 'icmp', '3a': 'ipv6-icmp' };

function valueText(name: string, data: string): string {
  if (name.endsWith('port') || name.endsWith('proto_dst')) return String(Number.parseInt(data, 16));
  if (name === 'iifname' || name === 'oifname') return `"${textOf(data)}${data.endsWith('00') ? '' : '*'}"`;
  if (name.endsWith('l4proto') || name === 'ip protocol' || name === 'ip6 nexthdr')
    return PROTOCOLS[data] ?? `0x${data}`;
  if (name === 'meta nfproto') return data === '02' ? 'ipv4' : 'ipv6';
  if (/ [sd]addr$/.test(name)) return addressOf(data);
  return data.length === 8 ? `0x${hostWordOf(data).toString(16)}` : `0x${data}`;
}
