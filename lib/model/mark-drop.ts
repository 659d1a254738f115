import { checkFamily, checkFields, checkOneOf, checkProtocol, type Fields, type Writable } from './fields';
import { checkPorts, type Port } from './port';
import type { Family, Protocol } from './table-rule';

/** The options of `markDrop()`. */
export interface MarkDropOptions {
  /** The protocol. Default `tcp`. */
  readonly protocol?: Protocol;
  /** The port to close: 1 to 65535, or a range as `'8000-8010'`. */
  readonly port: Port;
  /** `closed` (default): the port is closed to everyone. `local`: it stays open to this host's own processes. */
  readonly direct?: 'closed' | 'local';
  /** `drop` (default): the client gets no answer. `reject`: it gets a reset or an ICMP port unreachable. */
  readonly deny?: 'drop' | 'reject';
  /** Connections that exist when the port closes are kept (`keep`, default) or ended (`drop`). */
  readonly established?: 'keep' | 'drop';
  /** The family. Default: every family of the firewall. */
  readonly family?: Family;
}

/** A rule that marks and denies connections to `port` itself, but not those that a redirect brought there. */
export interface MarkDropRule {
  readonly kind: 'markDrop';
  readonly protocol: Protocol;
  readonly port: Port;
  readonly direct: 'closed' | 'local';
  readonly deny: 'drop' | 'reject';
  readonly established: 'keep' | 'drop';
  /** Absent: both families. */
  readonly family?: Family;
}

export const checkDeny = (field: string, value: unknown) => checkOneOf(field, value, ['drop', 'reject'], 'drop');
export const checkEstablished = (field: string, value: unknown) => checkOneOf(field, value, ['keep', 'drop'], 'keep');

const KNOWN = ['protocol', 'port', 'direct', 'deny', 'established', 'family'];

/**
 * Returns the rule that closes a port to direct access on every address of the host, for packets that no redirect
 * brought there (iptables-extensions(8), conntrack `! --ctstate DNAT` and MARK; mangle PREROUTING and filter INPUT).
 * @throws FirewallError ERR_INVALID_ARGUMENT
 */
export function markDrop(options: MarkDropOptions): MarkDropRule {
  return checkMarkDrop('', options);
}

/** Checks the options of a rule. `where` precedes the field in messages: `rules[2].`. */
export function checkMarkDrop(where: string, options: unknown): MarkDropRule {
  return readMarkDrop(where, checkFields(where, 'markDrop', options, KNOWN));
}

/** Checks the values of fields whose names have been checked. */
export function readMarkDrop(where: string, given: Readonly<Record<string, unknown>>): MarkDropRule {
  return markDropRule({
    family: checkFamily(`${where}family`, given['family']),
    protocol: checkProtocol(`${where}protocol`, given['protocol']),
    port: checkPorts(`${where}port`, given['port']),
    direct: checkOneOf(`${where}direct`, given['direct'], ['closed', 'local'], 'closed'),
    deny: checkDeny(`${where}deny`, given['deny']),
    established: checkEstablished(`${where}established`, given['established']),
  });
}

/** Copies field by field: objects of one shape are the fastest and smallest. */
export function markDropRule(fields: Fields<Omit<MarkDropRule, 'kind'>>): MarkDropRule {
  const { protocol, port, direct, deny, established, family } = fields;
  const rule: Writable<MarkDropRule> = { kind: 'markDrop', protocol, port, direct, deny, established };
  if (family !== undefined) rule.family = family;
  return rule;
}
