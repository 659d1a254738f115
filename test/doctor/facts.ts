import type { Facts } from '../../lib/doctor/facts';
import type { PublishedStatus } from '../../lib/status';

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

/** A host where all is well. */
export const HEALTHY: Facts = {
  kernel: '6.1.0',
  backends: { iptc: undefined, nft: undefined },
  chosen: { backend: 'nft', reason: 'nf_tables is in use here' },
  owner: 'portshift',
  published: [WEB],
  copies: [],
  legacy: { rules: [], policies: [] },
  nft: { tables: [], chains: [], rules: [] },
  listeners: [{ protocol: 'tcp', address: '::', port: 8443 }],
  unseen: [],
};
