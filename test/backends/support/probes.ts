import type { MemoryKernel } from '../../../lib/backends/memory/session';
import type { Family } from '../../../lib/model/table-rule';
import { type Fate, fateOf, LOOPBACK_ADDRESS, OWN_ADDRESSES, type Probe } from './packet-walk';

const FAMILIES = ['ipv4', 'ipv6'] as const;
const ELSEWHERE = { ipv4: '198.51.100.9', ipv6: '2001:db8:9::9' } as const;

function placesOf(family: Family): Pick<Probe, 'from' | 'address'>[] {
  const own = OWN_ADDRESSES[family];
  return [
    ...own.flatMap((address) => (['eth0', 'eth1', 'lo'] as const).map((from) => ({ from, address }))),
    { from: 'lo', address: LOOPBACK_ADDRESS[family] },
    // What the host merely forwards.
    { from: 'eth0', address: ELSEWHERE[family] },
  ];
}

/** One packet of every kind to each of these ports. UDP without connection tracking looks new whatever it is. */
export function probesOf(ports: readonly number[]): Probe[] {
  return FAMILIES.flatMap((family) =>
    placesOf(family).flatMap((place) =>
      (['tcp', 'udp'] as const).flatMap((protocol) =>
        (protocol === 'tcp' ? (['new', 'known', 'unknown'] as const) : (['new', 'known'] as const)).flatMap(
          (connection) => ports.map((port): Probe => ({ family, protocol, connection, port, ...place })),
        ),
      ),
    ),
  );
}

export function fatesOf(kernel: MemoryKernel, probes: readonly Probe[]): Fate[] {
  return probes.map((probe) => fateOf(kernel, probe));
}

/** The fates of all probes after only the tables of one family were changed. */
export function fatesAfter(
  kernel: MemoryKernel,
  family: Family,
  probes: readonly Probe[],
  last: readonly Fate[],
): Fate[] {
  return probes.map((probe, index) => {
    const known = probe.family === family ? undefined : last[index];
    return known ?? fateOf(kernel, probe);
  });
}

export function isDenied(fate: Fate): boolean {
  return fate === 'dropped' || fate === 'rejected';
}

/**
 * Why a fate during a change breaks a promise; undefined where it breaks none. What works before and after works
 * throughout, the old or the new way, and what is denied before and after is denied throughout.
 */
export function broken(before: Fate, during: Fate, after: Fate): string | undefined {
  if (isDenied(before) !== isDenied(after)) return undefined;
  const kept = isDenied(before) ? isDenied(during) : during === before || during === after;
  return kept ? undefined : `${before}, then ${during}, then ${after}`;
}
