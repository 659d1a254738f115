import { chainsFor } from './chains';
import type { InstalledNft } from './installed';
import { isSettled, type SetState, type Slot } from './slots';

/**
 * Returns descriptions of everything that is not as portshift would have left it, or an empty list if all is well. To
 * be called when all entries have been found.
 */
export function* damageIn(installed: InstalledNft): Generator<void, string[]> {
  const found: string[] = [];
  installed.unsettled = [];
  if (installed.table === 'absent') return found;
  if (installed.table === 'asleep') found.push('the table is dormant');
  for (const { chain } of chainsFor(installed.mark)) {
    const presence = installed.chains.get(chain) ?? 'missing';
    if (presence !== 'present') found.push(`chain ${chain} is ${presence}`);
  }
  for (const { chain } of installed.strayRules) found.push(`${chain} holds a rule that is out of place`);
  if (installed.guards.some(({ handle }) => handle === undefined)) found.push('a guard of the redirects is missing');
  for (const name of [...installed.formerChains, ...installed.formerSets]) found.push(`${name} is left over`);
  for (const { state } of installed.strayElements) found.push(`${state.name} holds elements that make no sense`);
  for (const state of installed.sets.states()) {
    found.push(...damageOf(state), ...answersDamage(installed, state));
    for (const slot of state.slots()) {
      yield;
      if (isSettled(slot)) continue;
      installed.unsettled.push(slot);
      found.push(`${state.name} ${slot.wanted === undefined ? 'holds' : 'lacks'} ${slotText(slot)}`);
    }
  }
  return found;
}

function damageOf(state: SetState): string[] {
  if (state.presence === 'wrong') return [`${state.name} is another kind of set`];
  if (state.presence === 'absent') return state.isNeeded ? [`${state.name} is missing`] : [];
  if (!state.isNeeded) return [`${state.name} is left over`];
  return state.rules.some(({ handle }) => handle === undefined)
    ? [`a rule that looks up ${state.name} is missing`]
    : [];
}

function answersDamage({ chains }: InstalledNft, { answers, isNeeded }: SetState): string[] {
  if (answers === undefined) return [];
  const presence = chains.get(answers.chain);
  if (isNeeded) return presence === 'present' ? [] : [`chain ${answers.chain} is ${presence ?? 'missing'}`];
  return presence === undefined ? [] : [`chain ${answers.chain} is left over`];
}

function slotText({ first, last }: Slot): string {
  return first === last ? `port ${first}` : `ports ${first}-${last}`;
}
