import { type Answers, answersOf, isClosedToReplies } from '../../model/answers';
import type { Mark } from '../../model/mark';
import type { Family } from '../../model/table-rule';
import { hostWord } from './bytes';
import { answersChain, CLOSED_INPUT, CLOSED_OUTPUT, MARK_PREROUTING, NAT_OUTPUT, NAT_PREROUTING } from './chains';
import type { NftExpression } from './expression';
import type { NftChain } from './operation';
import { keyFields, paddedBytes } from './sets';
import { type ClosedSpec, type MapSpec, type NftSpec, specName } from './spec';
import {
  ACK_ALONE,
  CT_STATE_INVALID,
  CT_STATE_NEW,
  CT_STATE_RELATED,
  CT_STATE_UNTRACKED,
  CT_STATUS_DNAT,
  DESTINATION,
  equals,
  familyIs,
  familyIsNotTheOther,
  interfaceIs,
  loopbackAddress,
  NOT_UNICAST,
  OPENING,
  protocolIs,
  SYN_ACK,
  stateIsAnyOf,
  TO_THIS_HOST,
} from './tests';

/** The comment of every own rule. */
export const RULE_COMMENT = 'portshift';

export interface NftRule {
  readonly chain: string;
  /** The position in the chain. A rule that is `first` must precede the rules that are `last`. */
  readonly position: 'first' | 'last';
  readonly expressions: readonly NftExpression[];
}

// Constants of the kernel: linux/netfilter/nf_tables.h.
const REJECT_TCP_RESET = { expr: 'reject', type: 1, code: 0 } as const;
const REJECT_PORT_UNREACHABLE = { expr: 'reject', type: 2, code: 1 } as const;

/** Returns the register at an offset. The registers of 4 bytes are 8 to 23. Where 16 bytes begin, nft writes 1 to 4. */
function registerAt(offset: number): number {
  return offset % 16 === 0 ? 1 + offset / 16 : 8 + offset / 4;
}

/** Returns the expressions that load the key of a map into the registers from 1 on. */
function loadKey(spec: MapSpec): NftExpression[] {
  const loads: NftExpression[] = [];
  let offset = 0;
  for (const field of keyFields(spec)) {
    const dreg = registerAt(offset);
    const isFirst = offset === 0;
    offset += paddedBytes(field);
    if (field.bytes === 2) loads.push({ expr: 'payload', base: 'transport', offset: 2, length: 2, dreg });
    else if (isFirst && spec.interface) loads.push({ expr: 'meta', key: 'iifname', dreg });
    else loads.push({ expr: 'payload', base: 'network', ...DESTINATION[spec.family ?? 'ipv4'], dreg });
  }
  return loads;
}

/** Returns the expressions that look up in the map where a connection goes. */
function lookUp(spec: MapSpec): NftExpression[] {
  return [...loadKey(spec), { expr: 'lookup', set: specName(spec), sreg: 1, dreg: 1 }];
}

/**
 * Returns the expressions for DNAT to the data of the map. DNAT to a bare port keeps the address that the client used,
 * because the data has no other.
 */
function translate(spec: MapSpec): NftExpression[] {
  if (!spec.via) return [...lookUp(spec), { expr: 'nat', type: 'dnat', family: 'inet', portReg: 1 }];
  const v6 = spec.family === 'ipv6';
  const family = v6 ? 'ip6' : 'ip';
  return [...lookUp(spec), { expr: 'nat', type: 'dnat', family, addressReg: 1, portReg: registerAt(v6 ? 16 : 4) }];
}

/**
 * Returns the expressions that translate a packet from outside. For UDP they also rewrite the address, to the first one
 * of the interface that the datagram came in on. A server on a wildcard address answers from that address, so that its
 * answer belongs to the connection.
 */
function translateFromOutside(spec: MapSpec): NftExpression[] {
  if (spec.protocol === 'tcp' || spec.via) return translate(spec);
  return [...lookUp(spec), { expr: 'redir', portReg: 1 }];
}

/**
 * Returns the conditions of a map's rule, in the order in which nft has them when it reads its own listing back. In a
 * rule that translates to an address, nft does not print a condition that a later expression implies, and puts the
 * condition right in front of that expression.
 */
function conditions({ protocol, family, via, address }: MapSpec, isOpening: boolean): NftExpression[] {
  const packet = protocolIs(protocol);
  if (protocol === 'udp' || !isOpening) return [...familyIs(family), ...packet];
  const opening = [...packet, ...OPENING];
  return via && address ? [...opening, ...familyIs(family)] : [...familyIs(family), ...opening];
}

function mapRules(spec: MapSpec): NftRule[] {
  const { family, scope } = spec;
  const rule = ({ chain }: NftChain, ...expressions: NftExpression[]): NftRule => ({
    chain,
    position: 'last',
    expressions,
  });
  const leaving = interfaceIs('oifname', 'eq', 'lo');
  if (scope === 'loopback') {
    const families: readonly Family[] = family === undefined ? ['ipv4', 'ipv6'] : [family];
    return families.map((one) => {
      const own = [...leaving, ...familyIs(one), ...loopbackAddress(one)];
      const opening = spec.protocol === 'tcp' ? OPENING : [];
      return rule(NAT_OUTPUT, ...own, ...protocolIs(spec.protocol), ...opening, ...translate(spec));
    });
  }
  const rules: NftRule[] = [];
  if (scope !== 'inside') rules.push(rule(NAT_PREROUTING, ...conditions(spec, false), ...translateFromOutside(spec)));
  if (scope !== 'outside') rules.push(rule(NAT_OUTPUT, ...leaving, ...conditions(spec, true), ...translate(spec)));
  return rules;
}

/** Returns the expressions of `tcp dport @SET`. The lookup must be the last test of a rule, because it counts. */
function portIn(set: string): NftExpression[] {
  return [
    { expr: 'payload', base: 'transport', offset: 2, length: 2, dreg: 1 },
    { expr: 'lookup', set, sreg: 1 },
  ];
}

/** The test `ct status ! dnat`. */
const NOT_TRANSLATED: readonly NftExpression[] = [
  { expr: 'ct', key: 'status', dreg: 1 },
  { expr: 'bitwise', sreg: 1, dreg: 1, mask: hostWord(CT_STATUS_DNAT), xor: hostWord(0) },
  equals(hostWord(0)),
];

/** Returns the test `ct direction original` or `ct direction reply`. */
function directionIs(direction: 'original' | 'reply'): NftExpression[] {
  return [{ expr: 'ct', key: 'direction', dreg: 1 }, equals(direction === 'original' ? '00' : '01')];
}

/**
 * Returns the tests for packets that are addressed to a port of the set itself, and were not translated to it. A packet
 * that connection tracking assigns to no connection, invalid or untracked, has no status and is denied as well, by a
 * rule of its own. A reply does not match, because a server may send from its own port to others. If only the port
 * implies the protocol, nft does not print the protocol, and puts it right in front of the port when it reads its own
 * listing back.
 */
function directTests(spec: ClosedSpec): NftExpression[][] {
  const { protocol } = spec;
  const keep = spec.established === 'keep';
  const isOpening = keep && protocol === 'tcp';
  const opening = isOpening ? [...protocolIs(protocol), ...OPENING] : [];
  const port = [...(isOpening ? [] : protocolIs(protocol)), ...portIn(specName(spec))];
  const tracked: NftExpression[] = [
    ...opening,
    ...(keep && protocol === 'udp' ? stateIsAnyOf(CT_STATE_NEW | CT_STATE_RELATED) : []),
    ...NOT_TRANSLATED,
    ...directionIs('original'),
    ...port,
  ];
  const others = [...stateIsAnyOf(CT_STATE_INVALID | CT_STATE_UNTRACKED), ...opening, ...port];
  return [tracked, others];
}

function closingRules(spec: ClosedSpec): NftRule[] {
  const { protocol, family, deny } = spec;
  const answer = protocol === 'tcp' ? REJECT_TCP_RESET : REJECT_PORT_UNREACHABLE;
  const verdict: NftExpression = deny === 'reject' ? answer : { expr: 'immediate', verdict: 'drop' };
  return directTests(spec).map((tests) => ({
    chain: CLOSED_INPUT.chain,
    position: 'last',
    expressions: [
      ...(deny === 'reject' ? familyIsNotTheOther(family) : familyIs(family)),
      ...outsideAlone(spec),
      ...tests,
      verdict,
    ],
  }));
}

/**
 * Returns the rules for packets that come back on `lo` to datagrams that the port has sent, if no redirect translated
 * the connection.
 */
function replyRules(spec: ClosedSpec): NftRule[] {
  if (!isClosedToReplies(spec)) return [];
  return [
    {
      chain: CLOSED_INPUT.chain,
      position: 'last',
      expressions: [
        ...familyIs(spec.family),
        ...interfaceIs('iifname', 'eq', 'lo'),
        ...NOT_TRANSLATED,
        ...directionIs('reply'),
        ...protocolIs(spec.protocol),
        ...portIn(specName(spec)),
        { expr: 'immediate', verdict: 'drop' },
      ],
    },
  ];
}

function outsideAlone({ direct }: ClosedSpec): NftExpression[] {
  return direct === 'local' ? interfaceIs('iifname', 'neq', 'lo') : [];
}

const ANSWER_TESTS: Readonly<Record<Answers, readonly NftExpression[]>> = {
  'syn-ack': SYN_ACK,
  ack: ACK_ALONE,
};

/**
 * Returns the rules that hold back what a closed port sends outside of any connection: it would leave from that port
 * instead of the public one. The elements of the set count denied packets, and must not count these. An inverted lookup
 * does not count them, in a chain that returns all other packets.
 */
function answerRules(spec: ClosedSpec): NftRule[] {
  const answers = answersOf(spec);
  if (answers === undefined) return [];
  const { protocol, family, direct } = spec;
  const name = specName(spec);
  const { chain } = answersChain(name);
  const port: NftExpression = { expr: 'payload', base: 'transport', offset: 0, length: 2, dreg: 1 };
  return [
    {
      chain,
      position: 'first',
      expressions: [
        ...protocolIs(protocol),
        port,
        { expr: 'lookup', set: name, sreg: 1, invert: true },
        { expr: 'immediate', verdict: 'return' },
      ],
    },
    { chain, position: 'last', expressions: [{ expr: 'immediate', verdict: 'drop' }] },
    {
      chain: CLOSED_OUTPUT.chain,
      position: 'last',
      expressions: [
        ...familyIs(family),
        ...(direct === 'local' ? interfaceIs('oifname', 'neq', 'lo') : []),
        ...stateIsAnyOf(CT_STATE_INVALID | CT_STATE_NEW | CT_STATE_UNTRACKED),
        ...protocolIs(protocol),
        ...ANSWER_TESTS[answers],
        { expr: 'immediate', verdict: 'jump', chain },
      ],
    },
  ];
}

function markRules(spec: ClosedSpec, mark: Mark): NftRule[] {
  return directTests(spec).map((tests) => ({
    chain: MARK_PREROUTING.chain,
    position: 'last',
    expressions: [
      ...familyIs(spec.family),
      ...outsideAlone(spec),
      ...(spec.protocol === 'tcp' ? TO_THIS_HOST : NOT_UNICAST),
      ...tests,
      { expr: 'meta', key: 'mark', dreg: 1 },
      { expr: 'bitwise', sreg: 1, dreg: 1, mask: hostWord(~mark.mask), xor: hostWord(mark.value) },
      { expr: 'meta', key: 'mark', sreg: 1 },
    ],
  }));
}

/**
 * Returns the rules that a map or set needs.
 * @param mark the bits to set on denied packets. Undefined: none
 */
export function rulesOf(spec: NftSpec, mark: Mark | undefined): NftRule[] {
  if (spec.kind === 'map') return mapRules(spec);
  return [
    ...closingRules(spec),
    ...replyRules(spec),
    ...answerRules(spec),
    ...(mark === undefined ? [] : markRules(spec, mark)),
  ];
}
