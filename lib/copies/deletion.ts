import type { NftOperation } from '../backends/nft';
import type { CopiedChains } from './copied-chains';
import type { CopiedTable } from './copied-table';
import type { CopiesInNft } from './find';
import type { TableFamily } from './searched';

/** The operations of one batch on one table. */
export interface Deletion {
  readonly family: TableFamily;
  readonly table: string;
  readonly operations: readonly NftOperation[];
}

export interface DeletionOptions {
  /**
   * True if a part of each redirecting copy must stay, in a form that matches no packet. Connections that came in
   * through the copy are translated only as long as some rule needs connection tracking.
   */
  readonly keepTracking: boolean;
  /** Returns true if the table has objects of others that a ruleset does not show. The table itself then stays. */
  readonly isShared: (table: CopiedTable) => boolean;
}

/** The number of elements that one operation deletes. */
const PAGE = 32;

/**
 * Returns the deletions: rules first, then the chains that held them or that they jumped to, then the sets that they
 * looked up.
 */
export function* deletionsOf(
  { chains, tables }: CopiesInNft,
  { keepTracking, isShared }: DeletionOptions,
): Generator<void, Deletion[]> {
  const deletions: Deletion[] = [];
  for (const copied of chains) {
    deletions.push(deletionOfChains(copied, keepTracking));
    yield;
  }
  for (const copied of tables) {
    deletions.push(deletionOfTable(copied, keepTracking && copied.entries.length > 0, isShared(copied)));
    yield;
  }
  return deletions.filter(({ operations }) => operations.length > 0);
}

function deletionOfChains(copied: CopiedChains, keepTracking: boolean): Deletion {
  const { family, table, deletedRules, deletedChains } = copied;
  const kept = keepTracking ? deletedRules.find(isRedirection) : undefined;
  return {
    family,
    table,
    operations: [
      ...deletedRules.flatMap((rule): NftOperation[] =>
        rule === kept || rule.handle === undefined
          ? []
          : [{ op: 'deleteRule', chain: rule.chain, handle: rule.handle }],
      ),
      ...deletedChains.flatMap((chain): NftOperation[] =>
        chain === kept?.chain ? [] : [{ op: 'deleteChain', chain }],
      ),
    ],
  };
}

function isRedirection({ comment, jump }: CopiedChains['deletedRules'][number]): boolean {
  return jump === '' && /^portshift (?:redirect|loopback) /.test(comment);
}

function deletionOfTable(copied: CopiedTable, keepTracking: boolean, isShared: boolean): Deletion {
  const { table, deletedRules, deletedChains, deletedSets } = copied;
  const at = { family: 'inet', table } as const;
  if (keepTracking) return { ...at, operations: emptying(copied) };
  if (copied.stays.length === 0 && !isShared) return { ...at, operations: [{ op: 'deleteTable' }] };
  return {
    ...at,
    operations: [
      ...deletedRules.map(({ chain, handle }): NftOperation => ({ op: 'deleteRule', chain, handle })),
      ...deletedChains.map((chain): NftOperation => ({ op: 'deleteChain', chain })),
      ...deletedSets.map((set): NftOperation => ({ op: 'deleteSet', set })),
    ],
  };
}

function emptying({ elements: sets }: CopiedTable): NftOperation[] {
  return sets.flatMap(({ set, elements }) => {
    const operations: NftOperation[] = [];
    for (let from = 0; from < elements.length; from += PAGE) {
      operations.push({ op: 'deleteElements', set, elements: elements.slice(from, from + PAGE) });
    }
    return operations;
  });
}
