import type { Family, Protocol } from '../tables/table-rule';
import { checkFields, type Fields, type Writable } from './fields';
import type { Port } from './port';
import { boundFamily, checkTranslation } from './redirect';

/** For `loopback()`. */
export interface LoopbackOptions {
  /** Default `tcp`. */
  readonly protocol?: Protocol;
  /** The public port: 1 to 65535, or a range as `'8000-8010'`. */
  readonly port: Port;
  /** The port the server listens on: 1 to 65535. */
  readonly targetPort: number;
  /** On this own address and on 127.0.0.0/8 and ::1 only. Default: on every own address. */
  readonly destination?: string;
  /** DNAT to this own address. Default: the address the client used is kept. */
  readonly targetAddress?: string;
  /** Default: that of `targetAddress`, or else every family of the firewall. */
  readonly family?: Family;
}

/** Connections that the host's own processes open to `port` go to `targetPort`. */
export interface LoopbackRule {
  readonly kind: 'loopback';
  readonly protocol: Protocol;
  readonly port: Port;
  readonly targetPort: number;
  readonly destination?: string;
  readonly targetAddress?: string;
  /** Absent: both. */
  readonly family?: Family;
}

const KNOWN = ['protocol', 'port', 'targetPort', 'destination', 'targetAddress', 'family'];

/**
 * The public port for local clients, health checks above all. It rewrites the port and keeps the address, so that a
 * UDP server on a wildcard address answers from the address the client used (nat OUTPUT, DNAT to a bare port).
 * @throws FirewallError ERR_INVALID_ARGUMENT
 */
export function loopback(options: LoopbackOptions): LoopbackRule {
  return checkLoopback('', options);
}

/** `where` is put in front of the field in messages: `rules[2].`. */
export function checkLoopback(where: string, options: unknown): LoopbackRule {
  return readLoopback(where, checkFields(where, 'loopback', options, KNOWN));
}

/** Of fields that are known to be those. */
export function readLoopback(where: string, given: Readonly<Record<string, unknown>>): LoopbackRule {
  const translation = checkTranslation(where, given);
  const family = boundFamily(where, given['family'], translation.targetAddress);
  return loopbackRule({ ...translation, family });
}

/** As `markDropRule`. */
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
