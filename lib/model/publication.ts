import { Bearer } from '../util/bearer';
import { FirewallError, invalidArgument } from '../util/errors';
import { familyOf } from './address';
import type { Entry, Publication } from './entry';
import { checkBoolean, checkFields, checkInterface, checkName, checkOneOf } from './fields';
import { type LoopbackRule, loopbackRule } from './loopback';
import { checkDeny, checkEstablished, type MarkDropRule, markDropRule } from './mark-drop';
import { checkPort, checkPorts, includes, type Port } from './port';
import { Published } from './published';
import { checkApart, checkTranslation } from './redirect';
import type { Rule } from './rule';
import type { Family, Protocol } from './table-rule';

export type { Publication } from './entry';

/** The options of `publish()`. `publishAll()` takes an array of them. */
export interface PublishOptions {
  /** The name, unique per owner. Default: protocol and public port, such as `tcp/8445`. */
  readonly name?: string;
  /** The protocol. Default `tcp`. */
  readonly protocol?: Protocol;
  /** The public port: 1 to 65535, or a range as `'8000-8010'`. */
  readonly port: Port;
  /** The port that the server listens on: 1 to 65535. */
  readonly targetPort: number;
  /** Restricts the public port to this address of the host. Default: any local address. */
  readonly destination?: string;
  /** Restricts outside traffic to this incoming interface. Default: any. */
  readonly interface?: string;
  /**
   * The address that DNAT sends connections to, if the server is bound to another one than clients use. Default: the
   * address that the client used is kept.
   */
  readonly targetAddress?: string;
  /** Direct access to the target port: `closed` (default), open to this host only (`local`), or `open`. */
  readonly direct?: 'closed' | 'local' | 'open';
  /** The answer to a direct attempt: none (`drop`, default), or a reset or ICMP port unreachable (`reject`). */
  readonly deny?: 'drop' | 'reject';
  /** Direct connections that exist when the target port closes: `keep` (default) or `drop`. */
  readonly established?: 'keep' | 'drop';
  /** If true, the public port works for local clients too. Default true. */
  readonly loopback?: boolean;
  /**
   * Sets when UDP clients that sent to the public port before, and were never answered, reach the server: with their
   * next packet (`follow`, default), or once they have been silent for as long as the kernel remembers them (`stay`).
   * It applies to this call only and is not part of what is published. It has no effect for TCP.
   */
  readonly flows?: 'follow' | 'stay';
}

const KNOWN = [
  'name',
  'protocol',
  'port',
  'targetPort',
  'destination',
  'interface',
  'targetAddress',
  'direct',
  'deny',
  'established',
  'loopback',
  'flows',
];

/**
 * Checks the options of a published port, and fills in the defaults.
 * @param where precedes the field in messages: `published[2].`
 * @param staying receives the name of what is published with `flows: 'stay'`
 * @throws FirewallError ERR_INVALID_ARGUMENT
 */
export function checkPublication(
  where: string,
  options: unknown,
  families: readonly Family[],
  staying?: Set<string>,
): Publication {
  const given = checkFields(where, 'publish', options, KNOWN);
  const translation = checkTranslation(where, given);
  const direct = checkOneOf(`${where}direct`, given['direct'], ['closed', 'local', 'open'], 'closed');
  const inInterface = checkInterface(`${where}interface`, given['interface']);
  const only = families.length === 1 ? families[0] : undefined;
  const { name } = given;
  const publication = new Published({
    ...translation,
    name: checkName(`${where}name`, name === undefined ? `${translation.protocol}/${translation.port}` : name),
    interface: inInterface,
    direct,
    deny: checkDeny(`${where}deny`, given['deny']),
    established: checkEstablished(`${where}established`, given['established']),
    loopback: checkBoolean(`${where}loopback`, given['loopback'], true),
    family: only,
  });
  const flows = checkOneOf(`${where}flows`, given['flows'], ['follow', 'stay'], 'follow');
  checkServed(where, checkClosable(where, publication), families);
  if (flows === 'stay') staying?.add(publication.name);
  return publication;
}

/** Throws if the target port is to be closed and is the public port itself, at another address. */
function checkClosable(where: string, publication: Publication): Publication {
  const { direct, port, targetPort } = publication;
  if (direct !== 'open' && includes(port, targetPort)) {
    throw invalidArgument(`${where}direct`, direct, "'open', because the target port is the public port itself");
  }
  return publication;
}

/** Returns the published port with another public port. @throws FirewallError ERR_INVALID_ARGUMENT */
export function withPort(publication: Publication, port: unknown): Publication {
  return at(publication, checkPorts('port', port), publication.targetPort);
}

/** Returns the published port with another target port. @throws FirewallError ERR_INVALID_ARGUMENT */
export function withTargetPort(publication: Publication, targetPort: unknown): Publication {
  return at(publication, publication.port, checkPort('targetPort', targetPort));
}

/** Returns true if both are equal except for the public port. */
export function isSameButPort(one: Publication, other: Publication): boolean {
  return (
    one.name === other.name &&
    one.protocol === other.protocol &&
    one.targetPort === other.targetPort &&
    one.direct === other.direct &&
    one.deny === other.deny &&
    one.established === other.established &&
    one.loopback === other.loopback &&
    one.destination === other.destination &&
    one.interface === other.interface &&
    one.targetAddress === other.targetAddress &&
    one.family === other.family
  );
}

/** Returns the published port with other ports. @throws FirewallError ERR_INVALID_ARGUMENT */
function at(publication: Publication, port: Port, targetPort: number): Publication {
  const moved = new Published(publication, port, targetPort);
  checkApart('', moved);
  return checkClosable('', moved);
}

/**
 * Returns the entries of the rules that a published port consists of. The first one, the redirect, carries the options,
 * from which the others can be derived.
 * @param known former entries of the published port. The closing one is reused if it is equal
 */
export function entriesOf(publication: Publication, known: readonly Entry[] = []): readonly Entry[] {
  return madeOf(leadOf(publication), publication, known);
}

/** Returns the redirect's entry of a published port, from which its other entries are derived. */
export function leadOf(publication: Publication): Entry {
  return publication instanceof Published ? publication : new Published(publication);
}

/**
 * Returns all entries of the published port whose redirect is given, which are derived once. Any other entry is
 * returned alone.
 * @param known as of `entriesOf`
 */
export function ledBy(lead: Entry, known: readonly Entry[] = []): readonly Entry[] {
  const { publication } = lead;
  return publication === undefined ? [lead] : Leading.entriesOf(lead, publication, known);
}

/** Returns the number of entries that `ledBy` returns. */
export function countOfLed({ publication }: Entry): number {
  if (publication === undefined) return 1;
  return 1 + (publication.direct === 'open' ? 0 : 1) + (publication.loopback ? 1 : 0);
}

class Leading extends Bearer {
  readonly #entries: readonly Entry[];

  constructor(lead: Entry, publication: Publication, known: readonly Entry[]) {
    super(lead);
    this.#entries = madeOf(lead, publication, known);
  }

  static entriesOf(lead: Entry, publication: Publication, known: readonly Entry[]): readonly Entry[] {
    const leading = #entries in lead ? (lead as unknown as Leading) : new Leading(lead, publication, known);
    return leading.#entries;
  }
}

function madeOf(lead: Entry, publication: Publication, known: readonly Entry[]): readonly Entry[] {
  const { name, direct, loopback } = publication;
  const local = loopback ? { name, rule: loopbackOf(publication) } : undefined;
  if (direct === 'open') return local === undefined ? [lead] : [lead, local];
  const closing = knownClosing(publication, known) ?? { name, rule: closingOf(publication, direct) };
  return local === undefined ? [lead, closing] : [lead, closing, local];
}

function knownClosing(
  { name, protocol, targetPort, direct, deny, established, family }: Publication,
  known: readonly Entry[],
) {
  for (const entry of known) {
    const { rule } = entry;
    if (rule.kind !== 'markDrop' || rule.port !== targetPort || entry.name !== name) continue;
    if (rule.protocol !== protocol || rule.family !== family) continue;
    if (rule.direct === direct && rule.deny === deny && rule.established === established) return entry;
  }
  return undefined;
}

/** Returns the rule that closes the target port. */
function closingOf(publication: Publication, direct: MarkDropRule['direct']): MarkDropRule {
  const { protocol, targetPort, deny, established, family } = publication;
  return markDropRule({ protocol, port: targetPort, direct, deny, established, family });
}

/** Returns the rule for the host's own clients. */
export function loopbackOf(publication: Publication): LoopbackRule {
  const { protocol, port, targetPort, destination, targetAddress, family } = publication;
  const only = targetAddress === undefined ? family : familyOf(targetAddress);
  return loopbackRule({ protocol, port, targetPort, destination, targetAddress, family: only });
}

/**
 * Returns the rule, bound to the families of this firewall.
 * @throws FirewallError ERR_INVALID_ARGUMENT where it names a family or an address the firewall does not serve
 */
export function bindFamilies(where: string, rule: Rule, families: readonly Family[]): Rule {
  const destination = rule.kind === 'markDrop' ? undefined : rule.destination;
  for (const family of [rule.family, destination === undefined ? undefined : familyOf(destination)]) {
    if (family !== undefined && !families.includes(family)) throw unservedFamily(where, family, families);
  }
  const only = families.length === 1 ? families[0] : undefined;
  return only === undefined || rule.family !== undefined ? rule : { ...rule, family: only };
}

function checkServed(where: string, publication: Publication, families: readonly Family[]): Publication {
  for (const [field, address] of [
    ['destination', publication.destination],
    ['targetAddress', publication.targetAddress],
  ] as const) {
    if (address !== undefined && !families.includes(familyOf(address))) {
      throw unservedFamily(`${where}${field}`, familyOf(address), families);
    }
  }
  return publication;
}

function unservedFamily(field: string, family: Family, families: readonly Family[]): FirewallError {
  return new FirewallError(
    'ERR_INVALID_ARGUMENT',
    `${field}: this needs ${family}, and this firewall serves ${families.join(' and ')} only; open it with families: ['ipv4', 'ipv6'] on a host that has both`,
    { field, value: family },
  );
}
