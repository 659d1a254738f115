import type { Outcome, Protocol } from './agent/protocol';
import {
  ANYCAST_ADDRESS,
  FAMILIES,
  type Family,
  family,
  type Hosts,
  LINK_LOCAL_ADDRESS,
  SECONDARY_ADDRESSES,
  SERVER_ADDRESSES,
} from './hosts';

/** `open ID` names the server that answers. */
export type Expected = `open ${string}` | 'refused' | 'reset' | 'timeout';

/** A way to the server host: from where, to which of its addresses. */
export interface Place {
  from: 'outside' | 'host';
  address: string;
  family: Family;
}

/** One port, probed from every place. */
export interface Target {
  protocol: Protocol;
  port: number;
  expected: Expected | Record<Place['from'], Expected> | ((place: Place) => Expected);
  /** Speak HTTPS and trust this certificate. */
  ca?: string;
}

export interface Cell {
  place: Place;
  target: Target;
  expected: Expected;
  actual: string;
}

export interface Matrix {
  places: readonly Place[];
  targets: readonly Target[];
  /** Place by place, in each the targets in their order. */
  cells: Cell[];
  differences: Cell[];
}

/** Silence is believed after the first; anything else has the second, as a busy machine is slow. */
const SILENCE_MS = 400;
const PATIENCE_MS = 5_000;
const LOOPBACK = { ipv4: '127.0.0.1', ipv6: '::1' };

function place(from: Place['from'], address: string): Place {
  return { from, address, family: family(address) };
}

/** From outside to the server host's addresses; from the server host itself to 127.0.0.1, ::1 and the same addresses. */
export const PLACES: readonly Place[] = [
  ...FAMILIES.flatMap((family) => SERVER_ADDRESSES[family].map((address) => place('outside', address))),
  ...FAMILIES.flatMap((family) => [LOOPBACK[family], ...SERVER_ADDRESSES[family]].map((own) => place('host', own))),
];

/** From both sides to addresses that a rule for the interface's first address is not for: a link-local one and a second one. */
export const OTHER_PLACES: readonly Place[] = (['outside', 'host'] as const).flatMap((from) =>
  [LINK_LOCAL_ADDRESS, ...FAMILIES.map((family) => SECONDARY_ADDRESSES[family])].map((other) => place(from, other)),
);

/** From both sides to the anycast address that the server host has while it forwards IPv6. */
export const ANYCAST_PLACES: readonly Place[] = (['outside', 'host'] as const).map((from) =>
  place(from, ANYCAST_ADDRESS),
);

/** Probes every target from every place at the same time. */
export async function probeMatrix(hosts: Hosts, targets: Target[], places = PLACES): Promise<Matrix> {
  const cells = places.flatMap((place) =>
    targets.map((target): Cell => ({ place, target, expected: expectation(target, place), actual: '' })),
  );
  await Promise.all([fill(hosts, cells, 'outside'), fill(hosts, cells, 'host')]);
  return { places, targets, cells, differences: cells.filter(({ expected, actual }) => expected !== actual) };
}

/** Rejects, and says which places differ, unless every probe ends as expected. */
export async function assertProbes(hosts: Hosts, targets: Target[], places = PLACES): Promise<void> {
  const { differences, cells } = await probeMatrix(hosts, targets, places);
  if (differences.length === 0) return;
  const lines = differences.map((cell) => `  ${describe(cell)}: ${cell.actual}, expected ${cell.expected}`);
  throw new Error(`${differences.length} of ${cells.length} probes differ\n${lines.join('\n')}`);
}

function describe({ place, target }: Cell): string {
  return `${target.protocol} ${place.from} -> ${place.address} port ${target.port}`;
}

function expectation({ expected }: Target, place: Place): Expected {
  if (typeof expected === 'function') return expected(place);
  return typeof expected === 'object' ? expected[place.from] : expected;
}

async function fill(hosts: Hosts, cells: Cell[], from: Place['from']): Promise<void> {
  const mine = cells.filter(({ place }) => place.from === from);
  const host = from === 'outside' ? hosts.outside : hosts.server;
  const outcomes = await host.probe(
    mine.map(({ place, target, expected }) => ({
      protocol: target.protocol,
      address: place.address,
      port: target.port,
      timeout: expected === 'timeout' ? SILENCE_MS : PATIENCE_MS,
      ...(target.ca === undefined ? {} : { ca: target.ca }),
    })),
  );
  outcomes.forEach((outcome, index) => {
    const cell = mine[index];
    if (cell) cell.actual = words(outcome);
  });
}

function words(outcome: Outcome): string {
  if (outcome.state === 'open') return `open ${outcome.server}`;
  return outcome.state === 'failed' ? outcome.code : outcome.state;
}
