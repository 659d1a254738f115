import { FirewallError } from '../util/errors';
import { type Entry, entryKey, type Publication } from './entry';
import type { Port } from './port';
import { PortIndex } from './port-index';
import { ledBy } from './publication';
import type { Rule } from './rule';

type Role = 'redirect' | 'loopback' | 'closed' | 'redirect target' | 'loopback target';

function byProtocol() {
  return { tcp: new PortIndex<Entry>(), udp: new PortIndex<Entry>() };
}

/**
 * An index that finds the rules that cannot coexist. The order of rules in a ruleset never matters, so two rules must
 * not give the same packet two different ways, and a port must not be public and closed at once.
 */
export class Conflicts {
  readonly #index: Readonly<Record<Role, ReturnType<typeof byProtocol>>> = {
    redirect: byProtocol(),
    loopback: byProtocol(),
    closed: byProtocol(),
    'redirect target': byProtocol(),
    'loopback target': byProtocol(),
  };

  add(entry: Entry): void {
    this.#claim('add', entry);
  }

  delete(entry: Entry): void {
    this.#claim('delete', entry);
  }

  /** Adds a leading entry, for all entries of its published port. */
  addLed(lead: Entry): void {
    this.#claimLed('add', lead);
  }

  deleteLed(lead: Entry): void {
    this.#claimLed('delete', lead);
  }

  /**
   * Checks that an entry does not conflict with another one.
   * @throws FirewallError ERR_CONFLICT that names both rules and the remedy
   */
  check(entry: Entry): void {
    const { rule } = entry;
    const { port } = rule;
    if (rule.kind === 'markDrop') {
      this.#refuse(entry, 'redirect', port, isClosedPublicPort);
      this.#refuse(entry, 'loopback', port, isClosedPublicPort);
      return;
    }
    this.#refuse(entry, rule.kind, port, rule.kind === 'redirect' ? twoRedirects : twoLoopbacks);
    this.#refuse(entry, 'closed', port, isPublicClosedPort);
    this.#refuse(entry, targetRole(rule.kind), port, isPublicTarget);
    if (rule.targetAddress === undefined) this.#refuse(entry, rule.kind, rule.targetPort, isTargetOfAnother);
  }

  /**
   * Checks all entries of the published port of a leading entry.
   * @throws as `check`
   */
  checkLed(lead: Entry): void {
    if (!this.#isFree(lead)) for (const entry of ledBy(lead)) this.check(entry);
  }

  /**
   * Returns true if no entry is indexed at any port where the published port of a leading entry could conflict with it.
   */
  #isFree({ publication }: Entry): boolean {
    if (publication === undefined) return false;
    const { protocol, port, targetPort } = publication;
    const index = this.#index;
    return (
      index.redirect[protocol].isFree(port) &&
      index.closed[protocol].isFree(port) &&
      index['redirect target'][protocol].isFree(port) &&
      index.redirect[protocol].isFree(targetPort) &&
      index.loopback[protocol].isFree(port) &&
      index['loopback target'][protocol].isFree(port) &&
      index.loopback[protocol].isFree(targetPort)
    );
  }

  /** Adds or deletes the entry at every port that it occupies. */
  #claim(what: 'add' | 'delete', entry: Entry): void {
    const { rule } = entry;
    if (rule.kind === 'markDrop') this.#ports('closed', rule)[what](rule.port, entry);
    else this.#claimWay(what, rule.kind, rule, entry);
  }

  #claimLed(what: 'add' | 'delete', lead: Entry): void {
    const { publication } = lead;
    if (publication === undefined) return;
    this.#claimWay(what, 'redirect', publication, lead);
    if (publication.loopback) this.#claimWay(what, 'loopback', publication, lead);
    if (publication.direct !== 'open') this.#ports('closed', publication)[what](publication.targetPort, lead);
  }

  #claimWay(what: 'add' | 'delete', kind: 'redirect' | 'loopback', way: Way, entry: Entry): void {
    this.#ports(kind, way)[what](way.port, entry);
    if (way.targetAddress === undefined) this.#ports(targetRole(kind), way)[what](way.targetPort, entry);
  }

  #ports(role: Role, { protocol }: Pick<Rule, 'protocol'>): PortIndex<Entry> {
    return this.#index[role][protocol];
  }

  #refuse(entry: Entry, role: Role, port: Port, why: (mine: Entry, other: Entry) => string | undefined): void {
    const index = this.#ports(role, entry.rule);
    if (index.isFree(port)) return;
    index.some(port, (found) => {
      const other = inRole(role, found);
      const reason = shareFamily(entry.rule, other.rule) ? why(entry, other) : undefined;
      if (reason === undefined) return false;
      throw new FirewallError('ERR_CONFLICT', reason, {
        field: 'port',
        value: entry.rule.port,
        operation: entryKey(entry),
      });
    });
  }
}

/** Returns the entry, of the given one and those of its published port, that has the role. */
function inRole(role: Role, entry: Entry): Entry {
  const kind = KIND_IN[role];
  if (entry.rule.kind === kind) return entry;
  return ledBy(entry).find(({ rule }) => rule.kind === kind) ?? entry;
}

const KIND_IN: Readonly<Record<Role, Rule['kind']>> = {
  redirect: 'redirect',
  loopback: 'loopback',
  closed: 'markDrop',
  'redirect target': 'redirect',
  'loopback target': 'loopback',
};

/** The translation of a redirect or a loopback. */
type Way = Pick<Publication, 'protocol' | 'port' | 'targetPort' | 'targetAddress'>;

function targetRole(kind: 'redirect' | 'loopback'): Role {
  return kind === 'redirect' ? 'redirect target' : 'loopback target';
}

function shareFamily(a: Rule, b: Rule): boolean {
  const [one, other] = [a.family, b.family];
  return one === undefined || other === undefined || one === other;
}

/** Returns true if no packet can meet both conditions. */
function differ(a: string | undefined, b: string | undefined): boolean {
  return a !== undefined && b !== undefined && a !== b;
}

function title({ rule, name }: Entry): string {
  return name === undefined ? `the installed rule "${entryKey({ rule })}"` : `the published port "${name}"`;
}

function twoRedirects(mine: Entry, other: Entry): string | undefined {
  if (mine.rule.kind !== 'redirect' || other.rule.kind !== 'redirect') return undefined;
  if (differ(mine.rule.destination, other.rule.destination) || differ(mine.rule.interface, other.rule.interface)) {
    return undefined;
  }
  return (
    `${mine.rule.protocol} port ${mine.rule.port} is taken by ${title(other)} (port ${other.rule.port}); ` +
    'choose another public port, withdraw that one, or give both their own destination or interface'
  );
}

function twoLoopbacks(mine: Entry, other: Entry): string | undefined {
  if (mine.rule.kind !== 'loopback' || other.rule.kind !== 'loopback') return undefined;
  const sameWay =
    mine.rule.targetPort === other.rule.targetPort && mine.rule.targetAddress === other.rule.targetAddress;
  if (sameWay) return undefined;
  return (
    `local clients of ${mine.rule.protocol} port ${mine.rule.port} already reach ${title(other)}, and loopback addresses belong ` +
    'to both; publish one of the two with loopback: false'
  );
}

function isClosedPublicPort(closed: Entry, open: Entry): string | undefined {
  const { protocol, port } = open.rule;
  return (
    `${protocol} port ${port} would be public in ${title(open)} and closed as the target port of ${title(closed)}; ` +
    "choose another port, or direct: 'open' for the one that closes it"
  );
}

function isPublicClosedPort(open: Entry, closed: Entry): string | undefined {
  return isClosedPublicPort(closed, open);
}

function isTargetOfAnother(mine: Entry, other: Entry): string | undefined {
  if (mine.rule.kind === 'markDrop' || other.rule.kind === 'markDrop') return undefined;
  if (differ(mine.rule.destination, other.rule.destination)) return undefined;
  return (
    `the target port ${mine.rule.targetPort} of ${title(mine)} is the public port of ${title(other)} (${other.rule.protocol} ` +
    `${other.rule.port}); a redirected connection is not redirected again, so one of the two must change`
  );
}

function isPublicTarget(mine: Entry, other: Entry): string | undefined {
  return isTargetOfAnother(other, mine);
}
