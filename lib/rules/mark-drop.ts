import type { Family, Protocol } from '../tables/table-rule';
import { checkFamily, checkFields, checkOneOf, checkProtocol, type Fields, type Writable } from './fields';
import { checkPorts, type Port } from './port';

/** For `markDrop()`. */
export interface MarkDropOptions {
  /** Default `tcp`. */
  readonly protocol?: Protocol;
  /** The port to close: 1 to 65535, or a range as `'8000-8010'`. */
  readonly port: Port;
  /** `closed` to everyone (default), or still open to this host's own processes: `local`. */
  readonly direct?: 'closed' | 'local';
  /** `drop` (default) leaves the client waiting; `reject` answers with a reset or an ICMP port unreachable. */
  readonly deny?: 'drop' | 'reject';
  /** Connections that exist when the port closes: `keep` (default) or `drop`. */
  readonly established?: 'keep' | 'drop';
  /** Default: every family of the firewall. */
  readonly family?: Family;
}

/** Connections that name `port` itself are marked and denied; those a redirect brought there are not. */
export interface MarkDropRule {
  readonly kind: 'markDrop';
  readonly protocol: Protocol;
  readonly port: Port;
  readonly direct: 'closed' | 'local';
  readonly deny: 'drop' | 'reject';
  readonly established: 'keep' | 'drop';
  /** Absent: both. */
  readonly family?: Family;
}

export const checkDeny = (field: string, value: unknown) => checkOneOf(field, value, ['drop', 'reject'], 'drop');
export const checkEstablished = (field: string, value: unknown) => checkOneOf(field, value, ['keep', 'drop'], 'keep');

const KNOWN = ['protocol', 'port', 'direct', 'deny', 'established', 'family'];

/**
 * Closes a port to direct access on every address of the host, in packets that no redirect has brought there
 * (iptables-extensions(8), conntrack `! --ctstate DNAT` and MARK; mangle PREROUTING and filter INPUT).
 * @throws FirewallError ERR_INVALID_ARGUMENT
 */
export function markDrop(options: MarkDropOptions): MarkDropRule {
  return checkMarkDrop('', options);
}

/** `where` is put in front of the field in messages: `rules[2].`. */
export function checkMarkDrop(where: string, options: unknown): MarkDropRule {
  return readMarkDrop(where, checkFields(where, 'markDrop', options, KNOWN));
}

/** Of fields that are known to be those. */
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

/** Field by field: objects of one shape are the quickest, and take up the least. */
export function markDropRule(fields: Fields<Omit<MarkDropRule, 'kind'>>): MarkDropRule {
  const { protocol, port, direct, deny, established, family } = fields;
  const rule: Writable<MarkDropRule> = { kind: 'markDrop', protocol, port, direct, deny, established };
  if (family !== undefined) rule.family = family;
  return rule;
}
