import type { Publication } from '../model/entry';
import { FirewallError } from '../util/errors';
import type { ForeignFinding } from './finding';
import { foreignFindings } from './findings';
import { HostView } from './host';
import { hostFindings } from './host-findings';
import { legacyFilter } from './legacy-filter';
import { nftFilter } from './nft-filter';
import { joined, type PacketFilter } from './packet-filter';
import type { Surroundings } from './surroundings';

/** Judges the surroundings of an owner's rules, and returns the findings about the published ports. */
export function* judgeSurroundings(
  surroundings: Surroundings,
  published: readonly Publication[],
): Generator<void, ForeignFinding[]> {
  const { network } = surroundings;
  if (published.length === 0) return [];
  const known = network instanceof FirewallError ? undefined : network;
  const filter = yield* filterOf(surroundings);
  const findings = yield* foreignFindings({ filter, host: new HostView(known), published });
  if (known !== undefined) findings.push(...(yield* hostFindings(known, published)));
  return [...findings, ...unread(surroundings)];
}

/** Builds the packet filter of all rulesets that could be read. */
export function* filterOf({ legacy, nft }: Surroundings): Generator<void, PacketFilter> {
  const filters: PacketFilter[] = [];
  if (!(legacy instanceof FirewallError)) filters.push(yield* legacyFilter(legacy));
  if (!(nft instanceof FirewallError)) filters.push(yield* nftFilter(nft));
  return joined(filters);
}

/** The errnos of a kernel that lacks the legacy tables or nf_tables, and so has no rules there. */
const ABSENT: ReadonlySet<string | undefined> = new Set(['ENOPROTOOPT', 'ENOENT']);

function unread({ legacy, nft, network }: Surroundings): ForeignFinding[] {
  const parts = [
    ['the rules of the legacy tables', legacy],
    ['the rules of nf_tables', nft],
    ['interfaces and listening servers', network],
  ] as const;
  return parts.flatMap(([what, read]): ForeignFinding[] => {
    if (!(read instanceof FirewallError) || ABSENT.has(read.errno)) return [];
    return [{ level: 'note', code: 'not-looked-at', text: `${what} were not looked at: ${read.message}` }];
  });
}
