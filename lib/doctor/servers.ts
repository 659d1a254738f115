import { isLoopbackAddress } from '../model/address';
import { FirewallError } from '../util/errors';
import type { Facts } from './facts';
import type { Finding } from './finding';

/** Returns findings about target ports behind which clients from outside reach no server, or not on every address. */
export function serverFindings({ published, surroundings: { network } }: Facts): Finding[] {
  const listeners = network instanceof FirewallError ? undefined : network.listeners;
  if (listeners === undefined) return [];
  return published.flatMap(({ name, protocol, targetPort, targetAddress }): Finding[] => {
    const servers = listeners.filter((one) => one.protocol === protocol && one.port === targetPort);
    const remedy = 'bind it to a wildcard address (0.0.0.0 or ::)';
    if (servers.length === 0) {
      const text = `nothing listens on ${protocol} port ${targetPort}, the target port of "${name}"`;
      return [{ level: 'warning', topic: 'server', text, remedy: 'start the server' }];
    }
    if (servers.every(({ address }) => isLoopbackAddress(address))) {
      const text = `the server on ${protocol} port ${targetPort}, behind "${name}", is bound to ${servers[0]?.address} alone: nobody reaches it from outside`;
      return [{ level: 'problem', topic: 'server', text, remedy }];
    }
    const wildcard = servers.some(({ address }) => address === '0.0.0.0' || address === '::');
    if (targetAddress === undefined && !wildcard) {
      const text = `the server on ${protocol} port ${targetPort}, behind "${name}", is bound to ${servers.map(({ address }) => address).join(', ')}; clients that use another address of the host do not reach it`;
      return [{ level: 'note', topic: 'server', text, remedy: `${remedy}, or publish with targetAddress` }];
    }
    return [];
  });
}
