import { loadAddon } from '../backends/addon';
import { entering } from '../backends/entered';
import {
  collectRuleset,
  ElementWriter,
  fillBatch,
  type NativeBatch,
  type NftAddon,
  type NftSession,
  nftError,
} from '../backends/nft';
import { type BackendOptions, openBackend } from '../backends/open';
import type { Announcer } from '../engine/bystanders';
import { Committer } from '../engine/committer';
import { keepOnly } from '../engine/edits';
import type { SharedSurroundings, Surroundings } from '../foreign/surroundings';
import { isEmpty } from '../model/change';
import { FirewallError } from '../util/errors';
import { sliced } from '../util/slices';
import type { CopiedTable } from './copied-table';
import type { Copy } from './copy';
import { type Deletion, deletionsOf } from './deletion';
import { type FoundInNft, findInLegacy, findInNft, type Searcher } from './find';
import { searchedLegacy } from './searched';

/** The options of a search for copies. */
export interface CopiesOptions extends Searcher {
  readonly open: BackendOptions;
  readonly surroundings: SharedSurroundings;
  /**
   * True if existing connections go on without the copies, because the owner's own rules keep connection tracking on.
   */
  readonly isTracked: boolean;
  readonly announcer: Announcer | undefined;
}

/** The result of `clearCopies()`. */
export interface ClearedCopies {
  /** The copies as they were before the removal. The objects that their `stays` name still exist. */
  readonly removed: readonly Copy[];
  /**
   * The copies that still exist, because they cannot be distinguished from rules of others or were added during the
   * removal.
   */
  readonly left: readonly Copy[];
}

/** The calls of a session that reading and removing copies needs. */
type Session = Pick<NftSession, 'ruleset' | 'read' | 'commitForeign' | 'hasTranslatedConnections'>;

/** How often tables are read anew because others changed the ruleset before the commit. */
const ATTEMPTS = 100;

/** The errors that mean that there is nothing to find, or that this process may not read it. */
const UNSEEN: readonly FirewallError['code'][] = ['ERR_BACKEND_UNAVAILABLE', 'ERR_UNSUPPORTED', 'ERR_PERMISSION'];

/** Returns every copy of the owner's rules. Tables that this process may not read are left out. */
export async function findCopies({ legacy, nft }: Surroundings, searcher: Searcher): Promise<Copy[]> {
  const tables = searcher.backend === 'iptc' ? undefined : seen(legacy);
  const ruleset = seen(nft);
  return [
    ...(tables === undefined ? [] : findInLegacy(searchedLegacy(tables), searcher)),
    ...(ruleset === undefined ? [] : (await sliced(findInNft(ruleset, searcher))).copies),
  ];
}

function seen<T extends object>(read: T | FirewallError): T | undefined {
  if (!(read instanceof FirewallError)) return read;
  if (UNSEEN.includes(read.code)) return undefined;
  throw read;
}

/**
 * Removes first the copies in the other backend's tables for an owner's rules, and then all others in one transaction
 * of nf_tables.
 * @throws FirewallError ERR_LOCK_TIMEOUT, ERR_COMMIT, ERR_CONFLICT (others change the ruleset all the time; the rules
 * belong to another process)
 */
export async function removeCopies(options: CopiesOptions): Promise<ClearedCopies> {
  const before = await findCopies(await options.surroundings.read(), options);
  await unlessUnseen(() => removeInOther(options));
  await unlessUnseen(() => withNft(options, (session) => removeInNft(session, options)));
  const left = await findCopies(await options.surroundings.read(), options);
  return { removed: before.filter(({ rules }) => rules.length > 0), left };
}

async function unlessUnseen(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof FirewallError) || !UNSEEN.includes(error.code)) throw error;
  }
}

async function withNft({ open: { namespace } }: CopiesOptions, work: (session: NftSession) => Promise<void>) {
  const session = await nftError({ doing: 'looking for copies' }, () =>
    entering(namespace, (where) => loadAddon<NftAddon>('nft').open(where)),
  );
  try {
    await work(session);
  } finally {
    await session.close();
  }
}

async function readNft(
  session: Session,
  options: Searcher,
): Promise<{ readonly found: FoundInNft; readonly generation: number }> {
  const native = await nftError({ doing: 'looking for copies' }, () => session.ruleset());
  const ruleset = await sliced(collectRuleset(native));
  return { found: await sliced(findInNft(ruleset, options)), generation: ruleset.generation };
}

export async function removeInNft(
  session: Session,
  options: Searcher & { readonly isTracked: boolean },
): Promise<void> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const { found, generation } = await readNft(session, options);
    const uses = new Map<CopiedTable, number>();
    for (const copied of found.tables) {
      const native = await nftError({ doing: 'looking for copies' }, () => session.read(copied.table));
      uses.set(copied, native.use);
    }
    const keepTracking = !options.isTracked && (await hasConnections(session));
    const isShared = (table: CopiedTable) => uses.get(table) !== table.size;
    const deletions = await sliced(deletionsOf(found, { keepTracking, isShared }));
    if (deletions.length === 0 || (await commit(session, deletions, generation)) === 'committed') return;
  }
  throw new FirewallError(
    'ERR_CONFLICT',
    `the ruleset of nf_tables was changed by others ${ATTEMPTS} times while copies were being removed; none was removed from the tables of iptables-nft and from those of other names; try again`,
  );
}

function hasConnections(session: Session): Promise<boolean> {
  return nftError({ doing: 'looking for running connections' }, () => session.hasTranslatedConnections());
}

async function commit(session: Session, deletions: readonly Deletion[], generation: number) {
  const { Batch } = loadAddon<NftAddon>('nft');
  const writer = new ElementWriter();
  const batches: NativeBatch[] = [];
  for (const { family, table, operations } of deletions) {
    const batch = new Batch(table, family);
    await sliced(fillBatch(batch, writer, operations));
    if (writer.length > 0) batch.elements(writer.take());
    batches.push(batch);
  }
  return nftError({ doing: 'removing copies' }, () => session.commitForeign(batches, generation));
}

/**
 * Removes the copies as a firewall of the other backend would, with its handling of closed ports and running
 * connections.
 */
async function removeInOther({ open, backend, isTracked, announcer }: CopiesOptions): Promise<void> {
  const other = backend === 'nft' ? 'iptc' : 'nft';
  const opened = await openBackend({ ...open, backend: other, mark: undefined, lifetime: 'host', isTracked });
  const committer = new Committer(opened.backend, announcer);
  try {
    await committer.edit(
      (ruleset) => keepOnly(ruleset, []),
      ({ change }) => isEmpty(change),
    );
  } finally {
    await committer.close();
  }
}
