import { MIDSTREAM, NAT_PREROUTING } from './nft-chains';
import type { NftRule } from './nft-rules';
import { NOT_FOR_THIS_HOST, NOT_OPENING, protocolIs, socketIs } from './nft-tests';

/**
 * The rules that come before the redirects, which are not for packets that this host forwards, and not for TCP connections
 * that are older than the redirect, which connection tracking takes for new if it began after them. Those have a socket
 * on the public port, a full one or one that is still opening or already closing; a listener on the wildcard address is
 * none. A connection that came in through the redirect and that connection tracking has forgotten has none there, and is
 * redirected again.
 *
 * Each comes first in its chain, and so the last of these before the others.
 */
export const GUARD_RULES: readonly NftRule[] = [
  {
    chain: NAT_PREROUTING.chain,
    position: 'first',
    expressions: [...NOT_FOR_THIS_HOST, { expr: 'immediate', verdict: 'return' }],
  },
  {
    chain: NAT_PREROUTING.chain,
    position: 'first',
    expressions: [...protocolIs('tcp'), ...NOT_OPENING, { expr: 'immediate', verdict: 'jump', chain: MIDSTREAM.chain }],
  },
  ...(
    [
      ['transparent', 0, 'accept'],
      ['wildcard', 0, 'accept'],
      ['wildcard', 1, 'return'],
    ] as const
  ).map(
    ([key, value, verdict]): NftRule => ({
      chain: MIDSTREAM.chain,
      position: 'first',
      expressions: [...socketIs(key, value), { expr: 'immediate', verdict }],
    }),
  ),
];
