import { EventEmitter } from 'node:events';
import type { Installed, Listening } from '../backends/backend';
import { type NamedRule, namedRule } from '../engine/applied';
import type { Observer } from '../engine/bystanders';
import type { Committer } from '../engine/committer';
import type { SurroundingsOptions } from '../foreign/surroundings';
import type { Warning } from '../foreign/warnings';
import type { Change } from '../model/change';
import { entryKey } from '../model/entry';
import type { Place } from '../state/place';
import { hear } from './announcements';
import { GroundTruth, type Loss, type RepairKeys } from './ground-truth';
import { Lookout } from './lookout';
import type { CheckedWatchOptions } from './options';

/**
 * The argument of `lost`: all that another program has removed, damaged or inserted. At least one line of it is new.
 */
export interface RuleLoss {
  /** The published or applied rules that are not complete any more. */
  readonly rules: readonly NamedRule[];
  /**
   * Descriptions of what differs from what portshift installs, including rules of others in portshift's chains, which
   * stay.
   */
  readonly damage: readonly string[];
}

/** The rules that were put back. */
export interface RuleHealing {
  readonly added: readonly NamedRule[];
  readonly removed: readonly NamedRule[];
  /** Chains of the legacy tables in which the jumps to portshift's chains are first again. */
  readonly first?: readonly string[];
}

/** The argument of `obstructed`: all obstructions at that moment. */
export interface RuleObstruction {
  readonly warnings: readonly Warning[];
}

/** The events of a watch, with the arguments of their listeners. */
export interface WatchEvents {
  /** Another program has removed, damaged or inserted rules. */
  readonly lost: [loss: RuleLoss];
  /** Lost rules have been put back, with `heal`. */
  readonly healed: [healing: RuleHealing];
  /** Rules, servers or interfaces of others obstruct something published, and at least one of them is new. */
  readonly obstructed: [obstruction: RuleObstruction];
  /** The rules cannot be watched, or not be healed, at the moment. The watch tries again. */
  readonly failed: [error: unknown];
}

/** The time in ms before another attempt after a failure. */
const RETRY = 1_000;

/** The time in ms within which successive changes are handled by one look. */
const PAUSE = 20;

/**
 * Watches one firewall's rules; made by `firewall.watch()`. Emits `lost`, `healed`, `obstructed` and `failed`, none of
 * which needs a listener. It does not keep the process alive, unless `ref()` is called.
 */
export class Watch extends EventEmitter<WatchEvents> implements Observer {
  readonly mend: Observer['mend'];
  readonly #truth = new GroundTruth();
  #listening: Listening | undefined;
  #hearing: { close(): Promise<void> } | undefined;
  #timer: NodeJS.Timeout | undefined;
  #keepAlive: NodeJS.Timeout | undefined;
  #looking: Promise<void> | undefined;
  /** The number of portshift processes that are removing everything. */
  #emptying = 0;
  /** The lines of the last report that still apply. */
  #reported: ReadonlySet<string> = new Set();
  #intruders: readonly string[] = [];
  #closing: Promise<void> | undefined;
  #lookout: Lookout | undefined;

  /**
   * Use `firewall.watch()`.
   * @param around undefined where there are no others
   */
  constructor(
    readonly committer: Committer,
    readonly options: CheckedWatchOptions,
    readonly around: { readonly owner: string; readonly surroundings: SurroundingsOptions } | undefined,
  ) {
    super();
    const { heal, signal } = options;
    this.mend = heal ? (found) => this.#truth.mend(found) : undefined;
    signal?.addEventListener('abort', this.#abort, { once: true });
  }

  /** @throws FirewallError; the signal's reason */
  async start(place: Place | undefined): Promise<this> {
    try {
      this.options.signal?.throwIfAborted();
      await this.#listen();
      if (place !== undefined) {
        this.#hearing = await hear(place, { emptying: () => this.#empty(), repairing: (change) => this.#owe(change) });
      }
      // The first look takes what it finds installed as what should be there.
      this.committer.observer = this;
      await this.committer.refresh();
      await this.#lookAround();
      this.options.signal?.throwIfAborted();
      return this;
    } catch (error) {
      await this.close();
      // Releases what was started after the watch had been closed.
      await this.#release();
      throw error;
    }
  }

  /** Keeps the process alive as long as the watch is open. */
  ref(): this {
    if (this.#closing === undefined) this.#keepAlive ??= setInterval(() => {}, 0x7fff_ffff);
    return this;
  }

  /** Lets the process end, which is the default. */
  unref(): this {
    clearInterval(this.#keepAlive);
    this.#keepAlive = undefined;
    return this;
  }

  /** True if `close()` was called, or the firewall or the signal has closed the watch. */
  get isClosed(): boolean {
    return this.#closing !== undefined;
  }

  /** Closes the watch. When it resolves, no thread, file, socket or timer is left. Idempotent. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  *seen(installed: Installed): Generator<void> {
    const loss = yield* this.#truth.judge(installed, this.#emptying > 0);
    const damage = [...loss.damage, ...installed.intruders];
    const lines = [...loss.entries.map(entryKey), ...damage];
    // A report that only became shorter is not emitted.
    if (lines.some((line) => !this.#reported.has(line))) this.#tell('lost', publicLoss({ ...loss, damage }));
    this.#reported = new Set(lines);
    this.#intruders = installed.intruders;
  }

  committed(change: Change): void {
    this.#truth.commit(change);
  }

  mended({ added, removed }: Change): void {
    this.#reported = new Set(this.#intruders);
    if (this.options.heal) this.#tell('healed', { added: added.map(namedRule), removed: removed.map(namedRule) });
  }

  async #lookAround(): Promise<void> {
    if (this.around === undefined || this.#closing !== undefined) return;
    const { heal, interval } = this.options;
    this.#lookout = new Lookout(
      { ...this.around, heal, interval },
      {
        published: () => [...this.#truth.entries.values()].flatMap(({ publication }) => publication ?? []),
        obstructed: (warnings) => this.#tell('obstructed', { warnings }),
        raised: (first) => this.#tell('healed', { added: [], removed: [], first }),
        failed: (error) => this.#tell('failed', error),
      },
    );
    await this.#lookout.start();
  }

  async #listen(): Promise<void> {
    this.#listening = await this.committer.backend.listen(
      () => this.#lookAfter(PAUSE),
      (error) => {
        this.#tell('failed', error);
        void this.#listening?.close();
        this.#listening = undefined;
        this.#lookAfter(RETRY);
      },
      this.options.interval,
    );
  }

  #lookAfter(time: number): void {
    if (this.#closing !== undefined) return;
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#looking = this.#look();
    }, time).unref();
  }

  async #look(): Promise<void> {
    try {
      if (this.#listening === undefined) await this.#listen();
      if (this.options.heal) await this.committer.refresh();
      else await this.committer.look();
    } catch (error) {
      if (this.#closing !== undefined) return;
      this.#tell('failed', error);
      this.#lookAfter(RETRY);
    }
  }

  #empty(): () => Promise<void> {
    this.#emptying += 1;
    return async () => {
      // Rules that are missing by now were announced.
      await this.#look();
      this.#emptying -= 1;
    };
  }

  #owe(change: RepairKeys): void {
    this.#truth.owe(change);
    this.#lookAfter(PAUSE);
  }

  /**
   * Emits the event in a tick of its own, so that an error thrown by a listener does not end a change that is being
   * made.
   */
  #tell<Name extends keyof WatchEvents>(name: Name, event: WatchEvents[Name][0]): void {
    process.nextTick(() => {
      if (this.#closing === undefined) (this as EventEmitter).emit(name, event);
    });
  }

  readonly #abort = () => void this.close();

  async #close(): Promise<void> {
    this.options.signal?.removeEventListener('abort', this.#abort);
    this.unref();
    await this.#release();
  }

  async #release(): Promise<void> {
    if (this.committer.observer === this) this.committer.observer = undefined;
    clearTimeout(this.#timer);
    await this.#hearing?.close();
    await this.#lookout?.close();
    await this.#looking;
    await this.#listening?.close();
  }
}

function publicLoss({ entries, damage }: Loss): RuleLoss {
  return { rules: entries.map(namedRule), damage };
}
