import type { Backend, BackendName } from '../backends/backend';
import type { OpenedBackend } from '../backends/open';
import {
  type CheckedConfirm,
  type ConfirmOptions,
  checkConfirmOptions,
  Guard,
  guarded,
  nobodyElse,
} from '../confirm/guard';
import {
  confirmPending,
  type Guardians,
  NO_GUARDIANS,
  type PendingConfirmation,
  pendingOf,
} from '../confirm/guardians';
import type { Copy } from '../copies/copy';
import { type OtherPlaces, OwnersCopies } from '../copies/owners-copies';
import type { ClearedCopies } from '../copies/reader';
import { Applied, changedSince, type NamedRule, namedRule, type PlannedChange } from '../engine/applied';
import type { Committer } from '../engine/committer';
import type { Edit, Outcome } from '../engine/edit';
import { addPublication, keepOnly, publishExactly } from '../engine/edits';
import {
  checkWarningOptions,
  gatherWarnings,
  publicationsIn,
  type Warning,
  type WarningOptions,
} from '../foreign/warnings';
import {
  type CallOptions,
  checkCallOptions,
  checkPublishCall,
  checkSignal,
  type PublishCallOptions,
} from '../model/call-options';
import { difference, isEmpty } from '../model/change';
import { checkArray, checkRule } from '../model/check-rule';
import { type Entry, entryKey } from '../model/entry';
import { checkObject } from '../model/fields';
import type { Mark } from '../model/mark';
import { bindFamilies, checkPublication, type Publication, type PublishOptions } from '../model/publication';
import type { Rule } from '../model/rule';
import type { Family } from '../model/table-rule';
import type { Place } from '../state/place';
import { unlessAborted } from '../util/abort';
import { explainExhaustion, FirewallError } from '../util/errors';
import { checkWatchOptions, type WatchOptions } from '../watch/options';
import { Watch } from '../watch/watch';
import { PublishedPort } from './published-port';
import { checkSaved, type RestoreOptions, type SavedRules } from './saved-rules';
import {
  checkStatusOptions,
  eachOf,
  eachPublished,
  type PublishedStatus,
  type StatusOptions,
  statusOf,
  withCopies,
} from './status';

/** An installed rule with its packet counter. */
export interface InstalledRule extends NamedRule {
  /** The number of connections for redirect and loopback, of denied packets for markDrop. */
  readonly packets: number;
}

/** The argument of `update()`. */
export interface Update {
  /** Rules to install. Default: none. */
  readonly add?: readonly Rule[];
  /** Rules to remove. They are removed before the others are added. Default: none. */
  readonly remove?: readonly Rule[];
}

/** The parts of a firewall besides its backend. */
export interface FirewallParts {
  readonly owner: string;
  readonly families: readonly Family[];
  /** Undefined if no other process can change the rules. */
  readonly guardians: Guardians | undefined;
  /** The owner and namespace in which other processes are reached; undefined if there are none. */
  readonly place: Place | undefined;
  /** Gives access to rules outside the tables of this firewall; undefined if there are none. */
  readonly others: OtherPlaces | undefined;
}

/**
 * The rules of one owner in one network namespace. It is opened with `openFirewall()`. Every call that reads or changes
 * the kernel's rules may reject with ERR_CLOSED, ERR_PERMISSION, ERR_LOCK_TIMEOUT (iptc), with ERR_COMMIT or
 * ERR_CONFLICT if it finds damage that cannot be repaired, and with the reason of its `signal`. The comment of each
 * call lists its other errors.
 */
export class Firewall {
  /** The owner of the rules. Its name is part of the names in the kernel. */
  readonly owner: string;
  /** The families that rules apply to if they name no family and no address. */
  readonly families: readonly Family[];
  readonly #backend: Backend;
  readonly #committer: Committer;
  readonly #guardians: Guardians | undefined;
  readonly #place: Place | undefined;
  readonly #copies: OwnersCopies;
  readonly #others: OtherPlaces | undefined;
  #watch: Watch | undefined;

  /** The reason for the choice of this backend, in words. */
  readonly backendReason: string;

  /** Use `openFirewall()`. */
  constructor(
    { owner, families, guardians, place, others }: FirewallParts,
    { backend, reason }: OpenedBackend,
    committer: Committer,
  ) {
    this.owner = owner;
    this.#guardians = guardians;
    this.#place = place;
    this.#copies = new OwnersCopies(owner, others, committer);
    this.#others = others;
    this.families = families;
    this.backendReason = reason;
    this.#backend = backend;
    this.#committer = committer;
  }

  /** The backend in use; never `auto`. */
  get backend(): BackendName {
    return this.#backend.name;
  }

  /** The bits of the packet mark that are set on denied packets, for rules of other programs. Undefined: none. */
  get mark(): Mark | undefined {
    return this.#backend.mark;
  }

  /**
   * Descriptions of damage, caused by a crash or another program, that was found and repaired since this firewall was
   * opened.
   */
  get repaired(): readonly string[] {
    return this.#committer.repaired;
  }

  /**
   * Messages about watches of other processes that did not receive the last announcement of a removal or repair, and
   * may put the rules back.
   */
  get unheard(): readonly string[] {
    return this.#committer.unheard;
  }

  /**
   * Publishes a service. Publishing again with the same options changes nothing.
   * @throws FirewallError ERR_INVALID_ARGUMENT, ERR_CONFLICT (name or port taken), ERR_LOCK_TIMEOUT, ERR_COMMIT
   */
  async publish(options: PublishOptions, call: PublishCallOptions = {}): Promise<PublishedPort> {
    const staying = new Set<string>();
    const publication = checkPublication('', options, this.families, staying);
    const { signal, warnings } = checkPublishCall('publish', call);
    const published = await this.#committer.edit(
      { run: (ruleset) => addPublication(ruleset, publication) },
      (outcome) => new PublishedPort(this.#committer, publication, new Applied(this.#committer, outcome)),
      staying.size === 0 ? { signal } : { signal, staying },
    );
    if (warnings && published.applied !== undefined) {
      Applied.warned(published.applied, await gatherWarnings(this.#others?.surroundings, [publication]));
    }
    return published;
  }

  /**
   * Makes the rules of this owner exactly those of these published ports, in one change.
   * @throws as `publish`; with `confirmWithin` as `apply`
   */
  async publishAll(all: readonly PublishOptions[], options: ConfirmOptions = {}): Promise<Applied> {
    const staying = new Set<string>();
    const edit = publishExactly(all, this.families, staying);
    return explainExhaustion(() => this.#editGuarded('publishAll', edit, options, staying));
  }

  /**
   * Returns the change that `publishAll` would make, without making it.
   * @throws FirewallError ERR_INVALID_ARGUMENT, ERR_CONFLICT
   */
  async planAll(all: readonly PublishOptions[], call: CallOptions = {}): Promise<PlannedChange> {
    return this.#plan(publishExactly(all, this.families), checkCallOptions('planAll', call));
  }

  /**
   * Returns how the rules of others, servers on public ports and missing interfaces affect what is published. It reads
   * the rules of all programs; parts that cannot be read produce no warning. Empty with `backend: 'memory'`.
   * @throws FirewallError ERR_INVALID_ARGUMENT
   */
  async warnings(options: WarningOptions = {}): Promise<Warning[]> {
    const { names, signal } = checkWarningOptions(options);
    const reading = this.#committer.read(publicationsIn, { signal, counters: false });
    const wanted = reading.then((all) => (names === undefined ? all : all.filter(({ name }) => names.has(name))));
    const warnings = await unlessAborted(gatherWarnings(this.#others?.surroundings, wanted), signal);
    await wanted;
    return warnings;
  }

  /** Returns the published ports that the kernel holds, whichever process of this owner published them. */
  async published(call: CallOptions = {}): Promise<PublishedPort[]> {
    const signal = checkCallOptions('published', call);
    const handle = (publication: Publication) => new PublishedPort(this.#committer, publication);
    return this.#committer.read((found) => eachPublished(found, handle), { signal, counters: false });
  }

  /**
   * Returns the published ports that the kernel holds, with their counters. With `copies: true`, each also lists what
   * copies of this owner's rules do to its ports.
   */
  async status(options: StatusOptions = {}): Promise<PublishedStatus[]> {
    const { copies, signal } = checkStatusOptions(options);
    const published = await this.#committer.read(statusOf, { signal });
    return copies ? withCopies(published, await this.#copies.find(signal)) : published;
  }

  /**
   * Finds rules of this owner outside the tables that this firewall uses: those that the other backend holds, and
   * copies that a migration or a restored listing has left. The kernel applies them as well, and no other call removes
   * them. It reads the rules of all programs; parts that this process may not read are left out. Empty with `backend:
   * 'memory'`.
   */
  async copies(call: CallOptions = {}): Promise<Copy[]> {
    return this.#copies.find(checkCallOptions('copies', call));
  }

  /**
   * Removes what `copies()` finds. It removes neither the rules of this firewall nor rules of others. In nf_tables it
   * is one transaction.
   * @throws FirewallError ERR_LOCK_TIMEOUT, ERR_COMMIT, ERR_CONFLICT (others change the ruleset all the time; the rules
   * belong to another process)
   */
  async clearCopies(call: CallOptions = {}): Promise<ClearedCopies> {
    return this.#copies.remove(checkCallOptions('clearCopies', call));
  }

  /**
   * Makes the rules of this owner exactly these, in one change. Rules that are installed already stay, with their
   * counters.
   * @throws FirewallError ERR_INVALID_ARGUMENT, ERR_CONFLICT, ERR_LOCK_TIMEOUT, ERR_COMMIT; with `confirmWithin` also
   * ERR_GUARDIAN, ERR_PERMISSION (no place for its socket), ERR_UNSUPPORTED (with `lifetime: 'process'`)
   */
  async apply(rules: readonly Rule[], options: ConfirmOptions = {}): Promise<Applied> {
    return explainExhaustion(() => this.#editGuarded('apply', this.#apply(rules), options));
  }

  /**
   * Returns the change that waits for a confirmation, whichever process of this owner made it. Undefined: none waits.
   */
  async pending(): Promise<PendingConfirmation | undefined> {
    return this.#guardians && pendingOf(this.#guardians);
  }

  /**
   * Confirms the change that waits for a confirmation, whichever process of this owner made it, so that it stays.
   * @throws FirewallError ERR_NOT_FOUND
   */
  async confirm(): Promise<void> {
    return confirmPending(this.#guardians ?? NO_GUARDIANS);
  }

  /**
   * Returns the change that `apply` would make, without making it.
   * @throws FirewallError ERR_INVALID_ARGUMENT, ERR_CONFLICT
   */
  async plan(rules: readonly Rule[], call: CallOptions = {}): Promise<PlannedChange> {
    return this.#plan(this.#apply(rules), checkCallOptions('plan', call));
  }

  /**
   * Adds and removes rules. Adding a rule that is installed, or removing one that is not, changes nothing. Calls that
   * arrive during a commit share the next one.
   * @throws FirewallError ERR_INVALID_ARGUMENT, ERR_CONFLICT, ERR_COMMIT
   */
  async update(update: Update, call: CallOptions = {}): Promise<Applied> {
    const { add = [], remove = [] } = checkObject('update', update, ['add', 'remove']);
    const added = this.#checkRules('add', add);
    const removed = this.#checkRules('remove', remove);
    const signal = checkCallOptions('update', call);
    return this.#committer.edit(
      function* (ruleset) {
        for (const rule of removed) {
          ruleset.remove({ rule });
          yield;
        }
        for (const rule of added) {
          ruleset.add({ rule });
          yield;
        }
      },
      this.#conclude,
      { signal },
    );
  }

  /** Returns the rules that the kernel holds, including those of published ports. */
  async rules(call: CallOptions = {}): Promise<InstalledRule[]> {
    const signal = checkCallOptions('rules', call);
    const installed = (entry: Entry, packets: number): InstalledRule => {
      return { ...namedRule(entry), packets };
    };
    return this.#committer.read((found) => eachOf(found, installed), { signal });
  }

  /** Returns the installed rules as plain data that a later process can `restore`. */
  async save(call: CallOptions = {}): Promise<SavedRules> {
    const signal = checkCallOptions('save', call);
    const rules = await this.#committer.read((found) => eachOf(found, entryKey), { signal, counters: false });
    return { rules };
  }

  /**
   * Makes the rules of this owner exactly the saved ones, in one change.
   * @throws FirewallError ERR_INVALID_ARGUMENT, ERR_COMMIT; ERR_CONFLICT with the `difference` if `expect` is not what
   * is installed
   */
  async restore(saved: SavedRules, options: RestoreOptions = {}): Promise<Applied> {
    const wanted = checkSaved('saved', saved);
    const { expect, signal: given } = checkObject('restore', options, ['expect', 'signal']);
    const signal = checkSignal(given);
    const expected = expect === undefined ? undefined : checkSaved('expect', expect);
    return this.#committer.edit(
      function* (ruleset) {
        const since = expected === undefined ? undefined : difference([...expected], [...ruleset.entries()]);
        if (since !== undefined && !isEmpty(since)) throw changedSince(since);
        yield* keepOnly(ruleset, wanted);
      },
      this.#conclude,
      { fresh: true, signal },
    );
  }

  /** Returns the change that `restore` would make, without making it. @throws FirewallError ERR_INVALID_ARGUMENT */
  async planRestore(saved: SavedRules, call: CallOptions = {}): Promise<PlannedChange> {
    const wanted = checkSaved('saved', saved);
    return this.#plan((ruleset) => keepOnly(ruleset, wanted), checkCallOptions('planRestore', call));
  }

  /** Removes every rule of this owner. @throws FirewallError ERR_COMMIT */
  async clear(call: CallOptions = {}): Promise<Applied> {
    const signal = checkCallOptions('clear', call);
    return this.#committer.edit((ruleset) => keepOnly(ruleset, []), this.#conclude, { signal });
  }

  /**
   * Watches for other programs that remove or damage this owner's rules, and with `heal` puts back what they removed.
   * Changes by other portshift processes are not reported; docs/watch.md describes how they are distinguished.
   * @throws FirewallError ERR_INVALID_ARGUMENT, ERR_CONFLICT (this firewall is watched already); the signal's reason
   */
  async watch(options: WatchOptions = {}): Promise<Watch> {
    return explainExhaustion(async () => {
      const checked = checkWatchOptions(options);
      if (this.#watch !== undefined && !this.#watch.isClosed) {
        throw new FirewallError('ERR_CONFLICT', 'this firewall is watched already; close that watch first');
      }
      this.#watch = new Watch(
        this.#committer,
        checked,
        this.#others && { owner: this.owner, surroundings: this.#others.surroundings.options },
      );
      return this.#watch.start(this.#place);
    });
  }

  /** Waits for the running calls, and closes the watch and the backend. The rules stay. Idempotent. */
  async close(): Promise<void> {
    await this.#watch?.close();
    await this.#committer.close();
    this.#place?.namespace?.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #editGuarded(
    call: string,
    edit: Edit<void>,
    confirm: ConfirmOptions,
    staying?: ReadonlySet<string>,
  ): Promise<Applied> {
    const checked = checkConfirmOptions(call, confirm);
    const applied = await this.#editUnderGuard(edit, checked, staying);
    // The change is made, so a failure to read the warnings now does not fail the call.
    if (checked.warnings) Applied.warned(applied, await this.warnings().catch(() => []));
    return applied;
  }

  async #editUnderGuard(
    edit: Edit<void>,
    { within, signal }: CheckedConfirm,
    staying: ReadonlySet<string> = new Set(),
  ): Promise<Applied> {
    const options = { staying, signal };
    if (within === undefined) return this.#committer.edit(edit, this.#conclude, options);
    if (this.#guardians === undefined) throw nobodyElse(within);
    return guarded(new Guard(this.#guardians, this.backend, within, signal), async (guard) => {
      return this.#committer.edit(edit, (outcome) => new Applied(this.#committer, outcome, guard), {
        ...options,
        guard,
      });
    });
  }

  readonly #conclude = (outcome: Outcome<unknown>) => new Applied(this.#committer, outcome);

  #checkRules(where: string, value: unknown): Rule[] {
    return checkArray(where, value, 'rules').map((one, index) => this.#checkRule(`${where}[${index}]`, one));
  }

  #checkRule(where: string, value: unknown): Rule {
    return bindFamilies(where, checkRule(where, value), this.families);
  }

  #apply(rules: unknown): Edit<void> {
    const given = checkArray('rules', rules, 'rules');
    const check = (rule: unknown, index: number) => ({ rule: this.#checkRule(`rules[${index}]`, rule) });
    return function* (ruleset) {
      const wanted: Entry[] = [];
      for (const [index, rule] of given.entries()) {
        wanted.push(check(rule, index));
        yield;
      }
      yield* keepOnly(ruleset, wanted);
    };
  }

  async #plan(edit: Edit<void>, signal: AbortSignal | undefined): Promise<PlannedChange> {
    const { added, removed } = await this.#committer.plan(edit, signal);
    return { added: added.map(namedRule), removed: removed.map(namedRule) };
  }
}
