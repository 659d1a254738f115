import { MIDSTREAM, NAT_PREROUTING } from './chains';
import type { NftRule } from './rules';
import { NOT_FOR_THIS_HOST, NOT_OPENING, protocolIs, socketIs } from './tests';

/**
 * The rules that precede the redirects. They exclude packets that this host forwards, and TCP connections that are
 * older than the redirect, which connection tracking takes for new if it began after them. Those have a socket on the
 * public port: a full socket, or one that is still opening or already closing. A listener on the wildcard address does
 * not count. A connection that came in through the redirect, and whose entry connection tracking no longer has, has no
 * socket there, and is redirected again.
 *
 * Each rule is inserted at the top of its chain, so that the last one in this list precedes the others.
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
