import type { PublishedStatus } from '../../lib/api/status';
import type { Facts } from '../../lib/doctor/facts';
import type { Surroundings } from '../../lib/foreign/surroundings';
import type { Listener } from '../../lib/model/network';

export const WEB: PublishedStatus = {
  name: 'web',
  protocol: 'tcp',
  port: 8445,
  targetPort: 8443,
  direct: 'closed',
  deny: 'drop',
  established: 'keep',
  loopback: true,
  connections: 0,
  denied: 0,
};

/** Where nobody else has any rules. */
export function quiet(listeners: readonly Listener[]): Surroundings {
  return {
    legacy: { chains: [], rules: [] },
    nft: { generation: 1, chains: [], rules: [], sets: [] },
    network: { interfaces: [], addresses: [], listeners },
  };
}

/** A host where all is well. */
export const HEALTHY: Facts = {
  kernel: '6.1.0',
  backends: { iptc: undefined, nft: undefined },
  chosen: { backend: 'nft', reason: 'nf_tables is in use here' },
  owner: 'portshift',
  published: [WEB],
  copies: [],
  surroundings: quiet([{ protocol: 'tcp', address: '::', port: 8443 }]),
  foreign: [],
  unseen: [],
};
