import { copyFindings } from './copies';
import type { Facts } from './facts';
import { filterFindings } from './filters';
import type { Finding } from './finding';
import { isOwnTable } from './nft-ruleset';
import { serverFindings } from './servers';

/** What the facts come to. */
export function diagnose(facts: Facts): Finding[] {
  return [
    { level: 'fine', topic: 'kernel', text: `Linux ${facts.kernel}` },
    ...backendFindings(facts),
    ...facts.unseen.map((what): Finding => ({ level: 'warning', topic: 'unseen', text: `not looked at: ${what}` })),
    ...copyFindings(facts),
    ...coexistenceFindings(facts),
    ...filterFindings(facts),
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

function coexistenceFindings({ legacy, nft, owner }: Facts): Finding[] {
  if (!('tables' in nft))
    return [{ level: 'note', topic: 'coexistence', text: `the rules of nf_tables were not looked at: ${nft.unknown}` }];
  const foreignNft = nft.tables.filter(({ name }) => !isOwnTable(name));
  const foreignLegacy = legacy?.rules.some(({ chain, rule }) => {
    const own = chain.startsWith(`${owner}.`) || ('chain' in rule.target && rule.target.chain.startsWith(`${owner}.`));
    return !own;
  });
  if (foreignNft.length === 0 || foreignLegacy !== true) return [];
  const names = foreignNft.map(({ family, name }) => `${family} ${name}`).join(', ');
  return [
    {
      level: 'note',
      topic: 'coexistence',
      text: `both the legacy tables and nf_tables (${names}) hold foreign rules; a packet has to pass both`,
      remedy: 'where something is dropped unexpectedly, look at both: iptables-legacy-save, nft list ruleset',
    },
  ];
}
