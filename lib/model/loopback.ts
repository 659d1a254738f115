import { checkFields, type Fields, type Writable } from './fields';
import type { Port } from './port';
import { boundFamily, checkTranslation } from './redirect';
import type { Family, Protocol } from './table-rule';

/** The options of `loopback()`. */
export interface LoopbackOptions {
  /** The protocol. Default `tcp`. */
  readonly protocol?: Protocol;
  /** The public port: 1 to 65535, or a range as `'8000-8010'`. */
  readonly port: Port;
  /** The port that the server listens on: 1 to 65535. */
  readonly targetPort: number;
  /** Restricts the rule to this own address and to 127.0.0.0/8 and ::1. Default: every own address. */
  readonly destination?: string;
  /** The own address that DNAT sends connections to. Default: the address that the client used is kept. */
  readonly targetAddress?: string;
  /** The family. Default: that of `targetAddress`, or else every family of the firewall. */
  readonly family?: Family;
}

/** A rule that sends connections that the host's own processes open to `port` to `targetPort`. */
export interface LoopbackRule {
  readonly kind: 'loopback';
  readonly protocol: Protocol;
  readonly port: Port;
  readonly targetPort: number;
  readonly destination?: string;
  readonly targetAddress?: string;
  /** Absent: both families. */
  readonly family?: Family;
}

const KNOWN = ['protocol', 'port', 'targetPort', 'destination', 'targetAddress', 'family'];

/**
 * Returns the rule that makes the public port available to local clients, such as health checks. It rewrites the port
 * and keeps the address, so that a UDP server on a wildcard address answers from the address that the client used (nat
 * OUTPUT, DNAT to a bare port).
 * @throws FirewallError ERR_INVALID_ARGUMENT
 */
export function loopback(options: LoopbackOptions): LoopbackRule {
  return checkLoopback('', options);
}

/** Checks the options of a rule. `where` precedes the field in messages: `rules[2].`. */
export function checkLoopback(where: string, options: unknown): LoopbackRule {
  return readLoopback(where, checkFields(where, 'loopback', options, KNOWN));
}

/** Checks the values of fields whose names have been checked. */
export function readLoopback(where: string, given: Readonly<Record<string, unknown>>): LoopbackRule {
  const translation = checkTranslation(where, given);
  const family = boundFamily(where, given['family'], translation.targetAddress);
  return loopbackRule({ ...translation, family });
}

/** Copies field by field, as `markDropRule` does. */
export function loopbackRule(fields: Fields<Omit<LoopbackRule, 'kind'>>): LoopbackRule {
  const { protocol, port, targetPort, destination, targetAddress, family } = fields;
  const rule: Writable<LoopbackRule> =
    family === undefined
      ? { kind: 'loopback', protocol, port, targetPort }
      : { kind: 'loopback', protocol, port, targetPort, family };
  if (destination !== undefined) rule.destination = destination;
  if (targetAddress !== undefined) rule.targetAddress = targetAddress;
  return rule;
}
