import { FirewallError, invalidArgument } from '../util/errors';
import { checkAddress, familyOf, isLoopbackAddress } from './address';
import { checkFamily, checkFields, checkInterface, checkProtocol, type Fields, type Writable } from './fields';
import { checkPort, checkPorts, includes, type Port } from './port';
import type { Family, Protocol } from './table-rule';

/** The options of `redirect()`. */
export interface RedirectOptions {
  /** The protocol. Default `tcp`. */
  readonly protocol?: Protocol;
  /** The public port: 1 to 65535, or a range as `'8000-8010'`. */
  readonly port: Port;
  /** The port that the server listens on: 1 to 65535. */
  readonly targetPort: number;
  /** Restricts the rule to this address of the host. Default: any address that is local to it. */
  readonly destination?: string;
  /** Restricts the rule to traffic that came in on this interface. Default: any. */
  readonly interface?: string;
  /** The address of the host that DNAT sends connections to. Default: the address that the client used is kept. */
  readonly targetAddress?: string;
  /** The family. Default: that of the addresses given, or else every family of the firewall. */
  readonly family?: Family;
}

/** A rule that sends connections that reach the host on `port` to `targetPort`. */
export interface RedirectRule {
  readonly kind: 'redirect';
  readonly protocol: Protocol;
  readonly port: Port;
  readonly targetPort: number;
  readonly destination?: string;
  readonly interface?: string;
  readonly targetAddress?: string;
  /** Absent: both families. */
  readonly family?: Family;
}

/** Checks the fields that redirect() and loopback() have in common. */
export function checkTranslation(where: string, given: Readonly<Record<string, unknown>>) {
  const port = checkPorts(`${where}port`, given['port']);
  const targetPort = checkPort(`${where}targetPort`, given['targetPort']);
  const destination =
    given['destination'] === undefined ? undefined : checkAddress(`${where}destination`, given['destination']);
  const targetAddress =
    given['targetAddress'] === undefined
      ? undefined
      : checkTargetAddress(`${where}targetAddress`, given['targetAddress']);
  checkApart(where, { port, targetPort, targetAddress });
  if (destination !== undefined && targetAddress !== undefined && familyOf(destination) !== familyOf(targetAddress)) {
    throw invalidArgument(
      `${where}targetAddress`,
      targetAddress,
      `an address of the same family as destination ${destination}`,
    );
  }
  return {
    protocol: checkProtocol(`${where}protocol`, given['protocol']),
    port,
    targetPort,
    destination,
    targetAddress,
  };
}

/** @throws FirewallError ERR_INVALID_ARGUMENT if a port would be redirected to itself */
export function checkApart(
  where: string,
  given: { readonly port: Port; readonly targetPort: number; readonly targetAddress?: string | undefined },
): void {
  const { port, targetPort, targetAddress } = given;
  if (targetAddress === undefined && includes(port, targetPort)) {
    throw invalidArgument(`${where}targetPort`, targetPort, `a port other than the public port (${port})`);
  }
}

function checkTargetAddress(field: string, value: unknown): string {
  const address = checkAddress(field, value);
  if (isLoopbackAddress(address)) {
    throw invalidArgument(
      field,
      value,
      'an address that can be reached from outside; the kernel drops what is sent to loopback from there',
    );
  }
  return address;
}

/** Returns the family that a rule is bound to by its address. It must agree with the requested one. */
export function boundFamily(where: string, asked: unknown, address: string | undefined): Family | undefined {
  const family = checkFamily(`${where}family`, asked);
  const bound = address === undefined ? undefined : familyOf(address);
  if (family !== undefined && bound !== undefined && family !== bound) {
    throw new FirewallError(
      'ERR_INVALID_ARGUMENT',
      `${where}family: ${family} does not go with the address ${address}`,
      {
        field: `${where}family`,
        value: asked,
      },
    );
  }
  return bound ?? family;
}

const KNOWN = ['protocol', 'port', 'targetPort', 'destination', 'interface', 'targetAddress', 'family'];

/**
 * Returns a redirect of a public port to the port that a server listens on. For TCP it matches only packets that open a
 * connection, so that existing connections are left alone (iptables-extensions(8), DNAT; nat PREROUTING).
 * @throws FirewallError ERR_INVALID_ARGUMENT
 */
export function redirect(options: RedirectOptions): RedirectRule {
  return checkRedirect('', options);
}

/** Checks the options of a rule. `where` precedes the field in messages: `rules[2].`. */
export function checkRedirect(where: string, options: unknown): RedirectRule {
  return readRedirect(where, checkFields(where, 'redirect', options, KNOWN));
}

/** Checks the values of fields whose names have been checked. */
export function readRedirect(where: string, given: Readonly<Record<string, unknown>>): RedirectRule {
  const translation = checkTranslation(where, given);
  const inInterface = checkInterface(`${where}interface`, given['interface']);
  const family = boundFamily(where, given['family'], translation.destination ?? translation.targetAddress);
  return redirectRule({ ...translation, interface: inInterface, family });
}

/** Copies field by field, as `markDropRule` does. */
export function redirectRule(fields: Fields<Omit<RedirectRule, 'kind'>>): RedirectRule {
  const { protocol, port, targetPort, destination, interface: from, targetAddress, family } = fields;
  const rule: Writable<RedirectRule> =
    family === undefined
      ? { kind: 'redirect', protocol, port, targetPort }
      : { kind: 'redirect', protocol, port, targetPort, family };
  if (destination !== undefined) rule.destination = destination;
  if (targetAddress !== undefined) rule.targetAddress = targetAddress;
  if (from !== undefined) rule.interface = from;
  return rule;
}
