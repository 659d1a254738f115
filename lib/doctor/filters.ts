import type { PublishedStatus } from '../status';
import type { TableMatch } from '../tables/table-rule';
import type { Facts } from './facts';
import type { Finding } from './finding';
import { at, isOwnTable, type Json, type NftRuleset } from './nft-ruleset';

/**
 * Foreign base chains that let through only what they know: a redirected packet comes to them with the target port.
 * Where an accepting rule may match it, nothing is said; this is a hint, not a simulation.
 */
export function filterFindings(facts: Facts): Finding[] {
  const denying = [...nftChains(facts), ...legacyChains(facts)];
  return facts.published.flatMap((published) =>
    denying
      .filter(({ accepts }) => !accepts(published))
      .map(
        ({ name }): Finding => ({
          level: 'problem',
          topic: 'filter',
          text: `${name} drops what no rule of it accepts, and none accepts ${published.protocol} port ${published.targetPort}, as which connections to "${published.name}" arrive`,
          remedy: `accept ${published.protocol} port ${published.targetPort} there (portshift closes it to direct access all the same), or what was translated: ct status dnat`,
        }),
      ),
  );
}

interface DenyingChain {
  readonly name: string;
  readonly accepts: (published: PublishedStatus) => boolean;
}

function nftChains({ nft }: Facts): DenyingChain[] {
  if (!('chains' in nft)) return [];
  return nft.chains
    .filter(({ table, hook, policy }) => hook === 'input' && policy === 'drop' && !isOwnTable(table))
    .map(({ family, table, name }) => ({
      name: `nft chain ${family} ${table} ${name} (policy drop)`,
      accepts: (published) => nftAccepts(nft, family, table, published),
    }));
}

function nftAccepts({ rules }: NftRuleset, family: string, table: string, published: PublishedStatus): boolean {
  return rules.some(
    (rule) =>
      rule.family === family &&
      rule.table === table &&
      rule.statements.some((statement) => at(statement, 'accept') !== undefined) &&
      rule.statements.every((statement) => mayMatch(at(statement, 'match'), published)),
  );
}

function mayMatch(match: Json | undefined, { protocol, targetPort }: PublishedStatus): boolean {
  if (match === undefined) return true;
  const [left, right] = [at(match, 'left'), at(match, 'right')];
  if (at(left, 'payload', 'field') === 'dport') {
    const payload = at(left, 'payload', 'protocol');
    return (payload === protocol || payload === 'th') && holds(right, targetPort);
  }
  if (at(left, 'payload', 'field') === 'sport') return false;
  if (at(left, 'ct', 'key') === 'state') return holds(right, 'new');
  if (at(left, 'ct', 'key') === 'status') return holds(right, 'dnat');
  const iifname = at(left, 'meta', 'key') === 'iifname' || at(left, 'meta', 'key') === 'iif';
  if (iifname) return !holds(right, 'lo');
  if (at(left, 'meta', 'key') === 'l4proto') return holds(right, protocol);
  if (at(left, 'payload', 'protocol') === 'icmp' || at(left, 'payload', 'protocol') === 'icmpv6') return false;
  return true;
}

/** Whether a value is, or a set or range holds, what is asked for. A named set may hold anything. */
function holds(right: Json | undefined, wanted: string | number): boolean {
  if (right === wanted || (typeof right === 'string' && right.startsWith('@'))) return true;
  if (Array.isArray(right)) return right.some((one) => holds(one, wanted));
  const range = at(right, 'range');
  if (Array.isArray(range)) return Number(range[0]) <= Number(wanted) && Number(wanted) <= Number(range[1]);
  const set = at(right, 'set');
  return Array.isArray(set) && set.some((one) => holds(one, wanted));
}

function legacyChains({ legacy, owner }: Facts): DenyingChain[] {
  return (legacy?.policies ?? [])
    .filter(({ table, chain, policy }) => table === 'filter' && chain === 'INPUT' && policy === 'DROP')
    .map(({ family }) => ({
      name: `${family === 'ipv4' ? 'iptables' : 'ip6tables'} INPUT (policy DROP)`,
      accepts: (published) =>
        (legacy?.rules ?? []).some(
          ({ rule, table, chain, family: ruleFamily }) =>
            ruleFamily === family &&
            table === 'filter' &&
            !chain.startsWith(`${owner}.`) &&
            rule.target.target === 'ACCEPT' &&
            rule.inInterface?.name !== 'lo' &&
            (rule.protocol === undefined || rule.protocol === published.protocol) &&
            rule.matches.every((match) => legacyMayMatch(match, published)),
        ),
    }));
}

function legacyMayMatch(match: TableMatch, { targetPort }: PublishedStatus): boolean {
  switch (match.match) {
    case 'tcp':
    case 'udp': {
      const [first, last] = match.destinationPorts ?? [0, 65535];
      return first <= targetPort && targetPort <= last;
    }
    case 'unknown':
      return match.name !== 'state' && match.name !== 'conntrack' && match.name !== 'icmp' && match.name !== 'icmp6';
    default:
      return true;
  }
}
