import type { Entry } from '../../../lib/model/entry';
import { loopback } from '../../../lib/model/loopback';
import { markDrop } from '../../../lib/model/mark-drop';
import {
  checkPublication,
  entriesOf,
  type Publication,
  withPort,
  withTargetPort,
} from '../../../lib/model/publication';
import { redirect } from '../../../lib/model/redirect';
import type { Rule } from '../../../lib/model/rule';
import { Ruleset } from '../../../lib/model/ruleset';
import type { Family } from '../../../lib/model/table-rule';
import { FirewallError } from '../../../lib/util/errors';
import { OWN_ADDRESSES } from './packet-walk';
import type { Random } from './random';

const FAMILIES = ['ipv4', 'ipv6'] as const;
const PORTS = [80, 81, 90, '80-82', '81-95', '90-95'] as const;
const TARGETS = [8443, 8444, 9000, 90] as const;
const CLOSED = [8443, 8444, '8440-8445', '8444-9000', 95] as const;
const ADDRESSES = [...OWN_ADDRESSES.ipv4, ...OWN_ADDRESSES.ipv6];

/** Ports that any of these rulesets may concern, ends of ranges and places inside them, and one that none does. */
export const CONCERNED_PORTS = [80, 81, 82, 90, 95, 8440, 8443, 8444, 8445, 9000, 7000];

/** Takes what `make` makes; makes again what is no valid input. */
function valid<T>(make: () => T): T {
  for (;;) {
    try {
      return make();
    } catch (error) {
      if (!(error instanceof FirewallError)) throw error;
    }
  }
}

/** @param name undefined: the default one, which says protocol and port */
function randomPublication(random: Random, name?: string, families?: readonly Family[]): Publication {
  const maybe = <T>(probability: number, field: string, values: readonly T[]) =>
    random.chance(probability) ? { [field]: random.pick(values) } : {};
  return valid(() =>
    checkPublication(
      '',
      {
        ...(name !== undefined && { name }),
        port: random.pick(PORTS),
        targetPort: random.pick(TARGETS),
        ...maybe(0.3, 'protocol', ['udp']),
        ...maybe(0.3, 'destination', ADDRESSES),
        ...maybe(0.2, 'interface', ['eth0', 'eth1']),
        ...maybe(0.15, 'targetAddress', ADDRESSES),
        ...maybe(0.4, 'direct', ['closed', 'local', 'open']),
        ...maybe(0.4, 'deny', ['drop', 'reject']),
        ...maybe(0.3, 'established', ['keep', 'drop']),
        ...maybe(0.3, 'loopback', [true, false]),
      },
      families ?? (random.chance(0.8) ? FAMILIES : [random.pick(FAMILIES)]),
    ),
  );
}

function randomRule(random: Random): Rule {
  const only = random.chance(0.2) ? { family: random.pick(FAMILIES) } : {};
  const protocol = random.chance(0.7) ? 'tcp' : 'udp';
  return valid(() => {
    const translation = { protocol, port: random.pick(PORTS), targetPort: random.pick(TARGETS), ...only } as const;
    const to = random.chance(0.3) ? { destination: random.pick(ADDRESSES) } : {};
    if (random.chance(0.35)) return redirect({ ...translation, ...to });
    if (random.chance(0.3)) return loopback({ ...translation, ...to });
    return markDrop({
      protocol,
      port: random.pick(CLOSED),
      direct: random.chance(0.2) ? 'local' : 'closed',
      deny: random.chance(0.3) ? 'reject' : 'drop',
      established: random.chance(0.3) ? 'drop' : 'keep',
      ...only,
    });
  });
}

/** A ruleset without conflicts, in which what would have been one was left out. */
export function randomRuleset(random: Random, names: readonly (string | undefined)[] = ['web', 'api', 'dns']): Ruleset {
  const ruleset = new Ruleset();
  for (const name of names) {
    const publication = randomPublication(random, name);
    if (random.chance(0.6) && ruleset.publication(publication.name) === undefined) {
      addWhole(ruleset, entriesOf(publication));
    }
  }
  for (let count = random.below(5); count > 0; count -= 1) addWhole(ruleset, [{ rule: randomRule(random) }]);
  ruleset.settle();
  return ruleset;
}

/** All of the entries, or none where one conflicts. */
function addWhole(ruleset: Ruleset, entries: readonly Entry[]): boolean {
  const { position } = ruleset;
  try {
    for (const entry of entries) ruleset.add(entry);
    return true;
  } catch {
    ruleset.revertTo(position);
    return false;
  }
}

/** Replaces the published port `name` by what `next` makes of it; false where that is impossible. */
function replace(ruleset: Ruleset, name: string, next: (publication: Publication) => Publication): boolean {
  const { position } = ruleset;
  const publication = ruleset.publication(name);
  if (publication === undefined) return false;
  for (const entry of ruleset.named(name)) ruleset.remove(entry);
  try {
    if (addWhole(ruleset, entriesOf(next(publication)))) return true;
  } catch (error) {
    if (!(error instanceof FirewallError)) throw error;
  }
  ruleset.revertTo(position);
  return false;
}

/** The edits that are made by the calls of the same names; each answers whether it was possible. */
export const EDITS: Readonly<Record<string, (ruleset: Ruleset, random: Random) => boolean>> = {
  publish: (ruleset, random) => addWhole(ruleset, entriesOf(randomPublication(random, 'new'))),
  move: (ruleset, random) => replace(ruleset, 'web', (publication) => withPort(publication, random.pick(PORTS))),
  retarget: (ruleset, random) =>
    replace(ruleset, 'web', (publication) => withTargetPort(publication, random.pick(TARGETS))),
  'change of options': (ruleset, random) =>
    replace(ruleset, 'web', ({ family }) =>
      randomPublication(random, 'web', family === undefined ? FAMILIES : [family]),
    ),
  withdraw: (ruleset) => {
    const entries = ruleset.named('web');
    for (const entry of entries) ruleset.remove(entry);
    return entries.length > 0;
  },
};
