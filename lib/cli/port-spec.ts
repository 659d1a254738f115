import { checkPorts, type Port } from '../model/port';
import type { Protocol } from '../model/table-rule';
import { invalidArgument } from '../util/errors';

export interface PortSpec {
  readonly port: Port;
  readonly targetPort: number;
  readonly protocol: Protocol;
}

/** Parses `8445:8443` or `8000-8010:8443/udp`. @throws FirewallError ERR_INVALID_ARGUMENT */
export function parsePortSpec(text: string): PortSpec {
  const parts = /^([^:/]+):([^:/]+)(?:\/(tcp|udp))?$/.exec(text);
  if (parts === null) throw invalidArgument('ports', text, 'PORT:TARGET or PORT:TARGET/udp, such as 8445:8443');
  const [, port, target, protocol] = parts;
  return {
    port: checkPorts('port', port),
    targetPort: parsePort('targetPort', target ?? ''),
    protocol: protocol === 'udp' ? 'udp' : 'tcp',
  };
}

/** Parses a single port. @throws FirewallError ERR_INVALID_ARGUMENT */
export function parsePort(field: string, text: string): number {
  const port = /^[1-9][0-9]{0,4}$/.test(text) ? Number(text) : 0;
  if (port < 1 || port > 65535) throw invalidArgument(field, text, 'a whole number from 1 to 65535');
  return port;
}
