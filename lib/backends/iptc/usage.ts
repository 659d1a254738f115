import { parseEntry } from '../../model/entry';
import type { ReadRule } from '../../model/read-rule';
import type { TableName } from '../../model/table-rule';
import { sliced } from '../../util/slices';
import type { Usage } from '../choose';
import { rulePages } from '../rule-page';
import type { IptcSession, NativeSnapshot } from '../table-session';
import { COMMENT_PREFIX, chainPrefix } from './chains';

const TABLES: readonly TableName[] = ['filter', 'mangle', 'nat', 'raw', 'security'];

/**
 * Returns the use of the legacy tables, read without the xtables lock, so that the call never waits. A table that a
 * program has only listed exists, and is in use only if it has a rule or a policy that does not accept.
 */
export async function usageOfLegacy(session: IptcSession, owner: string): Promise<Usage> {
  const tables = session.families.flatMap((family) => TABLES.map((table) => ({ family, table })));
  const snapshot = await session.look(tables, { chainPrefix: chainPrefix(owner) });
  return {
    hasOwnRules: await sliced(hasEntries(snapshot, owner)),
    inUse: snapshot.tables.some(({ used }) => used),
  };
}

function* hasEntries(snapshot: NativeSnapshot, owner: string): Generator<void, boolean> {
  for (const page of rulePages(snapshot)) {
    if (page.some((rule) => isEntry(rule, owner))) return true;
    yield;
  }
  return false;
}

/**
 * Returns true if the rule is one of the owner's entries. Chains with the owner's prefix may be foreign, and the jumps
 * to them are read as well.
 */
function isEntry({ chain, comment }: ReadRule, owner: string): boolean {
  const prefix = `${COMMENT_PREFIX} `;
  return (
    chain.startsWith(chainPrefix(owner)) &&
    comment.startsWith(prefix) &&
    parseEntry(comment.slice(prefix.length)) !== undefined
  );
}
