import { ownerOfTable } from '../foreign/nft-filter';
import { FirewallError } from '../util/errors';
import { copyFindings } from './copies';
import type { Facts } from './facts';
import type { Finding } from './finding';
import { serverFindings } from './servers';

/** Derives the findings from the facts. */
export function diagnose(facts: Facts): Finding[] {
  return [
    { level: 'fine', topic: 'kernel', text: `Linux ${facts.kernel}` },
    ...backendFindings(facts),
    ...facts.unseen.map((what): Finding => ({ level: 'warning', topic: 'unseen', text: `not looked at: ${what}` })),
    ...copyFindings(facts),
    ...coexistenceFindings(facts),
    ...facts.foreign.map((finding): Finding => ({ topic: 'foreign', ...finding })),
    ...serverFindings(facts),
  ];
}

function backendFindings({ backends, chosen }: Facts): Finding[] {
  const each = (['nft', 'iptc'] as const).map((name): Finding => {
    const error = backends[name];
    if (error === undefined) return { level: 'fine', topic: 'backend', text: `${name} can be used` };
    return {
      level: chosen === undefined ? 'problem' : 'note',
      topic: 'backend',
      text: `${name} cannot be used: ${error.message}`,
    };
  });
  if (chosen === undefined) return each;
  return [...each, { level: 'fine', topic: 'backend', text: `${chosen.backend} is chosen: ${chosen.reason}` }];
}

function coexistenceFindings({ surroundings: { legacy, nft }, owner }: Facts): Finding[] {
  if (nft instanceof FirewallError || legacy instanceof FirewallError) return [];
  const tables = nft.chains.filter(({ family, table }) => ownerOfTable(family, table) === undefined);
  const names = [...new Set(tables.map(({ family, table }) => `${family} ${table}`))];
  const hasLegacy = legacy.rules.some(
    ({ chain, jump }) => !chain.startsWith(`${owner}.`) && !jump.startsWith(`${owner}.`),
  );
  if (names.length === 0 || !hasLegacy) return [];
  return [
    {
      level: 'note',
      topic: 'coexistence',
      text: `both the legacy tables and nf_tables (${names.join(', ')}) hold foreign rules; a packet has to pass both`,
      remedy: 'where something is dropped unexpectedly, look at both: iptables-legacy-save, nft list ruleset',
    },
  ];
}
