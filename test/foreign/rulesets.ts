import fc from 'fast-check';
import type { Protocol } from '../support/agent/protocol';
import { TRANSLATED, UNRELATED } from './stage';

/** Which program writes the rule. */
type Tool = 'legacy' | 'iptables-nft' | 'nft';
/** In the order of the kernel's hooks. The first three come before a packet is translated, and know no target port. */
const STAGES = ['raw', 'mangle PREROUTING', 'mangle OUTPUT', 'mangle INPUT', 'filter INPUT', 'filter OUTPUT'] as const;
type Stage = (typeof STAGES)[number];

interface Match {
  protocol?: Protocol;
  /** With `protocol` only. */
  ports?: readonly number[];
  device?: 'lo' | 'eth0';
  state?: 'new' | 'established';
  mark?: number;
}

type Action =
  | { kind: 'accept' | 'drop' | 'reject' | 'return' | 'notrack' | 'save mark' | 'restore mark' }
  | { kind: 'mark'; value: number }
  | { kind: 'jump'; rules: readonly Rule[] };

interface Rule {
  match: Match;
  action: Action;
}

interface Chain {
  tool: Tool;
  stage: Stage;
  policy: 'accept' | 'drop';
  rules: readonly Rule[];
}

interface Translation {
  tool: Tool;
  protocol: Protocol;
  from: number;
  to: number;
}

/** What other programs have on a host: it lets packets in or not, marks them, and translates ports of others. */
export interface ForeignRuleset {
  chains: readonly Chain[];
  translations: readonly Translation[];
}

const MARKS = [0x1, 0x1000, 0x3f00, 0xffffffff];

function matches(stage: Stage, ports: readonly number[]): fc.Arbitrary<Match> {
  return fc.record(
    {
      protocol: fc.constantFrom('tcp' as const, 'udp' as const),
      ports: fc.uniqueArray(fc.constantFrom(...ports), { minLength: 1, maxLength: 3 }),
      device: fc.constantFrom('lo' as const, 'eth0' as const),
      ...(stage === 'raw' ? {} : { state: fc.constantFrom('new' as const, 'established' as const) }),
      mark: fc.constantFrom(...MARKS),
    },
    { requiredKeys: [] },
  );
}

function actions(stage: Stage): Action[] {
  const common: Action[] = [{ kind: 'accept' }, { kind: 'drop' }, { kind: 'return' }];
  const marks = MARKS.map((value): Action => ({ kind: 'mark', value }));
  switch (stage) {
    case 'raw':
      return common;
    case 'filter INPUT':
    case 'filter OUTPUT':
      return [...common, { kind: 'reject' }];
    default:
      return [...common, ...marks, { kind: 'save mark' }, { kind: 'restore mark' }];
  }
}

function rules(stage: Stage, ports: readonly number[], depth: number): fc.Arbitrary<Rule> {
  const plain = fc.record({ match: matches(stage, ports), action: fc.constantFrom(...actions(stage)) });
  if (depth === 0) return plain;
  const jump = fc.record({
    match: matches(stage, ports),
    action: fc.record({
      kind: fc.constant('jump' as const),
      rules: fc.array(rules(stage, ports, depth - 1), { maxLength: 3 }),
    }),
  });
  return fc.oneof({ weight: 4, arbitrary: plain }, { weight: 1, arbitrary: jump });
}

/** A rule that exempts from connection tracking what is not for the public port, whose redirect it would undo. */
function exemptions(target: number): fc.Arbitrary<Rule> {
  return fc.record({
    match: fc.record({
      protocol: fc.constantFrom('tcp' as const, 'udp' as const),
      ports: fc.uniqueArray(fc.constantFrom(...UNRELATED, target), { minLength: 1, maxLength: 2 }),
    }),
    action: fc.constant<Action>({ kind: 'notrack' }),
  });
}

/** Rulesets that may decide about the target port where packets to the public one are translated already. */
export function foreignRulesets(target: number): fc.Arbitrary<ForeignRuleset> {
  const chains = fc.constantFrom(...STAGES).chain((stage) => {
    const isTranslated = stage === 'mangle INPUT' || stage.startsWith('filter');
    const ports = [...UNRELATED, ...(isTranslated ? [target] : [])];
    const one = stage === 'raw' ? exemptions(target) : rules(stage, ports, 1);
    return fc.record({
      tool: fc.constantFrom<Tool>('legacy', 'iptables-nft', 'nft'),
      stage: fc.constant(stage),
      policy:
        stage === 'filter INPUT' ? fc.constantFrom('accept' as const, 'drop' as const) : fc.constant('accept' as const),
      rules: fc.array(one, { minLength: 1, maxLength: 5 }),
    });
  });
  const translations = fc.record({
    tool: fc.constantFrom<Tool>('legacy', 'iptables-nft', 'nft'),
    protocol: fc.constantFrom('tcp' as const, 'udp' as const),
    from: fc.constantFrom(...TRANSLATED),
    to: fc.constantFrom(22, 80),
  });
  return fc.record({
    chains: fc.uniqueArray(chains, { maxLength: 5, selector: ({ tool, stage }) => `${tool} ${stage}` }),
    translations: fc.array(translations, { maxLength: 2 }),
  });
}

/** Whether a rule exempts packets to the target port from connection tracking. */
export function isTargetUntracked({ chains }: ForeignRuleset, target: number): boolean {
  return chains.some(({ rules }) =>
    rules.some(({ match, action }) => action.kind === 'notrack' && match.ports?.includes(target)),
  );
}

/** Shell commands that make the ruleset where there are no rules. */
export function installing({ chains, translations }: ForeignRuleset): string {
  const restores = (['legacy', 'iptables-nft'] as const).flatMap((tool) => {
    const [mine, theirs] = [chains.filter((one) => one.tool === tool), translations.filter((one) => one.tool === tool)];
    // The other tools' empty tables are no part of a host that does not use them.
    if (tool === 'iptables-nft' && mine.length + theirs.length === 0) return [];
    const suffix = tool === 'legacy' ? 'legacy' : 'nft';
    return ['iptables', 'ip6tables'].map(
      (program) => `${program}-${suffix}-restore <<'END'\n${iptablesText(mine, theirs)}END`,
    );
  });
  const native = [...chains.filter(({ tool }) => tool === 'nft'), ...translations.filter(({ tool }) => tool === 'nft')];
  return [
    'nft flush ruleset',
    ...restores,
    ...(native.length > 0 ? [`nft -f - <<'END'\n${nftText(native)}END`] : []),
  ].join('\n');
}

function iptablesText(chains: readonly Chain[], translations: readonly Translation[]): string {
  const of = (table: string) => chains.filter(({ stage }) => stage.split(' ')[0] === table);
  const redirects = translations.map(
    ({ protocol, from, to }) => `-A PREROUTING -p ${protocol} --dport ${from} -j REDIRECT --to-ports ${to}\n`,
  );
  return ['raw', 'mangle', 'filter']
    .map((table) => `*${table}\n${of(table).map(iptablesChain).join('')}COMMIT\n`)
    .concat(`*nat\n${redirects.join('')}COMMIT\n`)
    .join('');
}

function iptablesChain({ stage, policy, rules }: Chain): string {
  const name = stage.split(' ')[1] ?? 'PREROUTING';
  const lines = [`:${name} ${policy.toUpperCase()}`];
  let jumps = 0;
  const append = (chain: string, { match, action }: Rule) => {
    const words = iptablesMatch(match, name === 'OUTPUT');
    if (action.kind !== 'jump') {
      lines.push(`-A ${chain} ${words} ${iptablesTarget(action)}`);
      return;
    }
    jumps += 1;
    const user = `${chain}${jumps}`;
    lines.push(`:${user} -`);
    for (const rule of action.rules) append(user, rule);
    lines.push(`-A ${chain} ${words} -j ${user}`);
  };
  for (const rule of rules) append(name, rule);
  return `${lines.join('\n')}\n`;
}

function iptablesMatch({ protocol, ports, device, state, mark }: Match, isOutput: boolean): string {
  return [
    device ? `${isOutput ? '-o' : '-i'} ${device}` : '',
    protocol ? `-p ${protocol}` : '',
    protocol && ports ? `-m multiport --dports ${ports.join(',')}` : '',
    state ? `-m conntrack --ctstate ${state.toUpperCase()}` : '',
    mark === undefined ? '' : `-m mark --mark ${mark}/${mark}`,
  ].join(' ');
}

function iptablesTarget(action: Exclude<Action, { kind: 'jump' }>): string {
  switch (action.kind) {
    case 'mark':
      return `-j MARK --set-xmark ${action.value}/${action.value}`;
    case 'save mark':
      return '-j CONNMARK --save-mark';
    case 'restore mark':
      return '-j CONNMARK --restore-mark';
    case 'notrack':
      return '-j CT --notrack';
    default:
      return `-j ${action.kind.toUpperCase()}`;
  }
}

const HOOKS: Record<Stage, string> = {
  raw: 'hook prerouting priority raw',
  'mangle PREROUTING': 'hook prerouting priority mangle',
  'mangle OUTPUT': 'hook output priority mangle',
  'mangle INPUT': 'hook input priority mangle',
  'filter INPUT': 'hook input priority filter',
  'filter OUTPUT': 'hook output priority filter',
};

function nftText(parts: readonly (Chain | Translation)[]): string {
  const blocks = parts.map((part, index) =>
    'stage' in part ? nftChain(part, `c${index}`) : nftTranslation(part, `t${index}`),
  );
  return `table inet foreign {\n${blocks.join('')}}\n`;
}

function nftTranslation({ protocol, from, to }: Translation, name: string): string {
  return `  map ${name}m { type inet_service : inet_service; elements = { ${from} : ${to} }; }
  chain ${name} { type nat hook prerouting priority dstnat; meta l4proto ${protocol} redirect to :${protocol} dport map @${name}m; }\n`;
}

function nftChain({ stage, policy, rules }: Chain, name: string): string {
  const blocks: string[] = [];
  const block = (chain: string, head: string, own: readonly Rule[]) => {
    const lines = own.map(({ match, action }, index) => {
      const words = nftMatch(match, stage.endsWith('OUTPUT'));
      if (action.kind !== 'jump') return `${words} ${nftStatement(action)}`;
      block(`${chain}_${index}`, '', action.rules);
      return `${words} jump ${chain}_${index}`;
    });
    blocks.push(`  chain ${chain} {\n${[head, ...lines].map((line) => `    ${line}\n`).join('')}  }\n`);
  };
  block(name, `type filter ${HOOKS[stage]}; policy ${policy};`, rules);
  return blocks.join('');
}

function nftMatch({ protocol, ports, device, state, mark }: Match, isOutput: boolean): string {
  return [
    device ? `${isOutput ? 'oifname' : 'iifname'} "${device}"` : '',
    protocol ? (ports ? `${protocol} dport { ${ports.join(', ')} }` : `meta l4proto ${protocol}`) : '',
    state ? `ct state ${state}` : '',
    mark === undefined ? '' : `meta mark and ${mark} == ${mark}`,
  ].join(' ');
}

function nftStatement(action: Exclude<Action, { kind: 'jump' }>): string {
  switch (action.kind) {
    case 'mark':
      return `meta mark set meta mark or ${action.value}`;
    case 'save mark':
      return 'ct mark set meta mark';
    case 'restore mark':
      return 'meta mark set ct mark';
    default:
      return action.kind;
  }
}
