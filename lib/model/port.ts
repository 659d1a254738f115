import { invalidArgument } from '../util/errors';
import type { PortSpan } from './table-rule';

/** A port, or an inclusive range of ports as `first-last`. */
export type Port = number | `${number}-${number}`;

const ACCEPTED_PORT = 'a whole number from 1 to 65535';
const ACCEPTED_PORTS = `${ACCEPTED_PORT}, or a range such as '8000-8010'`;
const PORTS_PATTERN = /^([1-9][0-9]{0,4})(?:-([1-9][0-9]{0,4}))?$/;

function isPort(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= 65535;
}

/** @throws FirewallError ERR_INVALID_ARGUMENT */
export function checkPort(field: string, value: unknown): number {
  if (!isPort(value)) throw invalidArgument(field, value, ACCEPTED_PORT);
  return value;
}

/**
 * Returns a port or a range in its only canonical form: a number, or `first-last` with first below last.
 * @throws FirewallError ERR_INVALID_ARGUMENT
 */
export function checkPorts(field: string, value: unknown): Port {
  if (typeof value !== 'string') {
    if (!isPort(value)) throw invalidArgument(field, value, ACCEPTED_PORTS);
    return value;
  }
  const parts = PORTS_PATTERN.exec(value);
  const first = Number(parts?.[1]);
  const last = Number(parts?.[2] ?? parts?.[1]);
  if (!isPort(first) || !isPort(last)) throw invalidArgument(field, value, ACCEPTED_PORTS);
  if (first > last)
    throw invalidArgument(field, value, `a range whose first port is not above its last: '${last}-${first}'`);
  return first === last ? first : `${first}-${last}`;
}

/** Returns both ends of a canonical port. */
export function spanOf(port: Port): PortSpan {
  if (typeof port === 'number') return [port, port];
  const [first, last] = port.split('-');
  return [Number(first), Number(last)];
}

/** Returns the canonical port with these ends. */
export function portOf([first, last]: PortSpan): Port {
  return first === last ? first : `${first}-${last}`;
}

export function overlap(a: PortSpan, b: PortSpan): boolean {
  return a[0] <= b[1] && b[0] <= a[1];
}

export function includes(ports: Port, port: number): boolean {
  if (typeof ports === 'number') return ports === port;
  const [first, last] = spanOf(ports);
  return first <= port && port <= last;
}
