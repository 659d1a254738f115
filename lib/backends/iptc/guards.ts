import type { Entry } from '../../model/entry';
import type { Family, TableMatch, TableRule } from '../../model/table-rule';
import { COMMENT_PREFIX } from './chains';

/** The own chain in which the guards precede all other rules. */
export const GUARDED_CHAIN = 'pre';

const COMMENT: TableMatch = { match: 'comment', comment: `${COMMENT_PREFIX} guard` };

/**
 * Matches packets to addresses that are none of this host's. In IPv6, `multicast` would have to hold in addition to the
 * other types, so it is tested by a match of its own there.
 */
const NOT_FOR_THIS_HOST: Readonly<Record<Family, readonly TableMatch[]>> = {
  ipv4: [{ match: 'addrtype', destinationTypes: ['local', 'broadcast', 'anycast', 'multicast'], invert: true }],
  ipv6: [
    { match: 'addrtype', destinationTypes: ['local', 'anycast'], invert: true },
    { match: 'addrtype', destinationTypes: ['multicast'], invert: true },
  ],
};

/**
 * Matches packets to addresses that are not local on the interface that the packet came in on. An address that is in
 * the routing table of a VRF only is local there.
 */
const NOT_OF_THE_INTERFACE: TableMatch = {
  match: 'addrtype',
  destinationTypes: ['local'],
  invert: true,
  limitInterface: true,
};

/**
 * Returns the rules at the top of the chain of redirects. They exclude packets that no redirect is for: packets that
 * this host forwards, and packets of TCP connections that are older than the redirect, which connection tracking takes
 * for new if it began after them. Those have a socket on the public port. A connection that came in through the
 * redirect, and whose entry connection tracking no longer has, has no socket there, and is redirected again.
 */
export function guardRules(family: Family): readonly TableRule[] {
  return GUARDS[family];
}

const GUARDS: Readonly<Record<Family, readonly TableRule[]>> = { ipv4: guardsOf('ipv4'), ipv6: guardsOf('ipv6') };

function guardsOf(family: Family): readonly TableRule[] {
  return [
    {
      matches: [...NOT_FOR_THIS_HOST[family], NOT_OF_THE_INTERFACE, COMMENT],
      target: { target: 'RETURN' },
    },
    {
      protocol: 'tcp',
      matches: [{ match: 'tcp', notSyn: true }, { match: 'socket' }, COMMENT],
      target: { target: 'RETURN' },
    },
  ];
}

/** Returns true if the entry needs the guards of this family. */
export function needsGuards({ rule }: Entry, family: Family): boolean {
  return rule.kind === 'redirect' && (rule.family === undefined || rule.family === family);
}

/** The state of the guards of one family, with the number of entries that need them. */
export class GuardState {
  readonly present: boolean[];
  users = 0;
  readonly rules: readonly TableRule[];

  constructor(family: Family) {
    this.rules = guardRules(family);
    this.present = this.rules.map(() => false);
  }

  get count(): number {
    return this.present.filter((one) => one).length;
  }

  get isNeeded(): boolean {
    return this.users > 0;
  }

  /** True if all guards are present where they are needed, and none is present where they are not. */
  get isSound(): boolean {
    return this.present.every((one) => one === this.isNeeded);
  }
}
