import { loadAddon } from '../backends/addon';
import type { Listening } from '../backends/backend';
import { entering, type OpenNamespace } from '../backends/entered';
import { type Fingerprints, writeSteps } from '../backends/iptc';
import type { NetworkSession } from '../backends/network';
import { collectRuleset, type NftAddon, type NftRuleset, type NftSession, nftError } from '../backends/nft';
import { poll } from '../backends/poll';
import { readRules } from '../backends/rule-page';
import { asFirewallError, sessionError } from '../backends/session-errors';
import type { IptcAddon, IptcSession, NativeSnapshot } from '../backends/table-session';
import type { Network } from '../model/network';
import type { ReadRule } from '../model/read-rule';
import type { Family, TableName } from '../model/table-rule';
import type { Step } from '../model/table-step';
import { FirewallError } from '../util/errors';
import { sliced } from '../util/slices';

/** The contents of all legacy tables, of all programs. */
export interface LegacyTablesRead {
  readonly chains: readonly {
    readonly family: Family;
    readonly table: TableName;
    readonly name: string;
    readonly policy?: string;
  }[];
  readonly rules: readonly ReadRule[];
}

/** The rulesets and the network of a namespace, around one owner's rules. A part that could not be read is an error. */
export interface Surroundings {
  readonly legacy: LegacyTablesRead | FirewallError;
  readonly nft: NftRuleset | FirewallError;
  readonly network: Network | FirewallError;
}

export interface SurroundingsOptions {
  /** The network namespace. Undefined: the caller's own. */
  readonly namespace: OpenNamespace | undefined;
  /** The path of the xtables lock, as in BackendOptions. */
  readonly lockFile?: string;
  /** The time in ms to wait for the xtables lock when jumps are moved. */
  readonly lockTimeout: number;
}

const TABLES: readonly TableName[] = ['raw', 'mangle', 'nat', 'filter', 'security'];

/**
 * A reader of everything in a namespace, by sessions of its own that are opened when they are first used. Reading
 * changes nothing and creates no table.
 */
export class SurroundingsReader {
  #iptc: IptcSession | undefined;
  #nft: NftSession | undefined;
  /** The state of the legacy tables as of the last read. */
  #known: string | undefined;
  readonly #fingerprints: Fingerprints = { ipv4: {}, ipv6: {} };

  constructor(readonly options: SurroundingsOptions) {}

  async read(): Promise<Surroundings> {
    const [legacy, nft] = await Promise.all([kept(() => this.#readLegacy()), kept(() => this.#readNft())]);
    return { legacy, nft, network: await kept(() => this.#readNetwork()) };
  }

  /**
   * Calls `touched` when any rule of any program may have been changed. The legacy tables are polled every `interval`
   * ms.
   */
  async listen(touched: () => void, failed: (error: unknown) => void, interval: number): Promise<Listening> {
    const watch = await kept(() => this.#watchNft());
    let isClosed = false;
    const listen = async () => {
      while (!(watch instanceof FirewallError) && !isClosed && (await watch.changed())) touched();
    };
    const listening = listen().catch(failed);
    const polling = poll(() => this.#hasLegacyChanged(), touched, failed, interval);
    return {
      async close() {
        isClosed = true;
        if (!(watch instanceof FirewallError)) await watch.close();
        await Promise.all([listening, polling.close()]);
      },
    };
  }

  /**
   * Moves these jumps to the top of their chains, in their order, table by table. Resolves to `stale` if one of the
   * tables is not as it was last read: nothing was changed then.
   * @throws FirewallError
   */
  async raise(jumps: readonly ReadRule[]): Promise<'committed' | 'stale'> {
    const session = this.#iptc;
    if (session === undefined) return 'stale';
    const steps = raisingSteps(jumps);
    const newChange = () => session.newChange('');
    const { text, before } = await sliced(writeSteps(steps, this.#fingerprints, newChange));
    try {
      const options = { chainPrefix: '', lockTimeout: this.options.lockTimeout };
      return (await session.commit(text, options, before)).status;
    } catch (error) {
      throw asFirewallError('putting jumps first', error, steps);
    }
  }

  /** Closes the sessions. Idempotent. */
  async close(): Promise<void> {
    const [iptc, nft] = [this.#iptc, this.#nft];
    this.#iptc = undefined;
    this.#nft = undefined;
    await Promise.all([iptc?.close(), nft?.close()]);
  }

  async #readLegacy(): Promise<LegacyTablesRead> {
    const snapshot = await this.#look();
    this.#known = stateOf(snapshot);
    for (const { family, table, fingerprint } of snapshot.tables) this.#fingerprints[family][table] = fingerprint;
    const chains = snapshot.tables.flatMap(({ family, table, chains: all }) =>
      all.map(({ name, policy }) => ({ family, table, name, ...(policy !== undefined && { policy }) })),
    );
    return { chains, rules: await sliced(readRules(snapshot)) };
  }

  async #hasLegacyChanged(): Promise<boolean> {
    return this.#known === undefined || stateOf(await this.#look()) !== this.#known;
  }

  /** Reads the legacy tables without the xtables lock, which only changes need. */
  async #look(): Promise<NativeSnapshot> {
    return sessionError('looking at the legacy tables', async () => {
      const { namespace, lockFile } = this.options;
      this.#iptc ??= await entering(namespace, (where) =>
        loadAddon<IptcAddon>('iptc').open({ ...where, ...(lockFile !== undefined && { lockFile }) }),
      );
      const session = this.#iptc;
      const ids = session.families.flatMap((family) => TABLES.map((table) => ({ family, table })));
      return session.look(ids, {});
    });
  }

  async #readNft(): Promise<NftRuleset> {
    const native = await nftError({ doing: 'reading nf_tables' }, async () => (await this.#openNft()).ruleset());
    return sliced(collectRuleset(native));
  }

  async #openNft(): Promise<NftSession> {
    this.#nft ??= await entering(this.options.namespace, (where) => loadAddon<NftAddon>('nft').open(where));
    return this.#nft;
  }

  #watchNft() {
    return nftError({ doing: 'listening to changes' }, () =>
      entering(this.options.namespace, (where) => loadAddon<NftAddon>('nft').watch({ ...where, table: '' })),
    );
  }

  async #readNetwork(): Promise<Network> {
    const session: NetworkSession = this.#nft ?? this.#iptc ?? (await this.#openNft());
    return sessionError('reading the interfaces', () => session.network());
  }
}

/** A reader that reads the surroundings once for all callers in one turn of the event loop, and keeps no session. */
export class SharedSurroundings {
  #next: Promise<Surroundings> | undefined;

  constructor(readonly options: SurroundingsOptions) {}

  /** Reads the surroundings after this call, so that the result contains what the caller has changed before. */
  read(): Promise<Surroundings> {
    this.#next ??= entering(this.options.namespace, () => Promise.resolve().then(() => this.#begin()));
    return this.#next;
  }

  async #begin(): Promise<Surroundings> {
    this.#next = undefined;
    const reader = new SurroundingsReader(this.options);
    try {
      return await reader.read();
    } finally {
      await reader.close();
    }
  }
}

/** Returns everything that is not counted, as a text to be compared. */
function stateOf({ tables }: NativeSnapshot): string {
  return tables
    .map(({ fingerprint, chains }) => `${fingerprint} ${chains.map(({ policy }) => policy ?? '').join(',')}`)
    .join(' ');
}

/** Returns steps that delete each jump and insert it at the top of its chain, the last one first. */
function raisingSteps(jumps: readonly ReadRule[]): Step[] {
  const steps: Step[] = [];
  for (const { family, table, chain, rule } of jumps.toReversed()) {
    let step = steps.find((one) => one.family === family && one.table === table);
    if (step === undefined) {
      step = { family, table, operations: [] };
      steps.push(step);
    }
    step.operations.push({ op: 'delete', chain, rule }, { op: 'insert', chain, rule });
  }
  return steps;
}

/** Returns the result of `work`, or its error if that is a FirewallError. */
async function kept<T>(work: () => Promise<T>): Promise<T | FirewallError> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof FirewallError) return error;
    throw error;
  }
}
