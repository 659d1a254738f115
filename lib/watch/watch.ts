import { EventEmitter } from 'node:events';
import type { Installed, Listening } from '../backends/backend';
import type { SurroundingsOptions } from '../backends/surroundings';
import type { Observer } from '../bystanders';
import type { Committer } from '../committer';
import type { Change } from '../plan/change';
import { type NamedRule, namedRule } from '../receipt';
import { entryKey } from '../rules/entry';
import type { Place } from '../state/place';
import type { Warning } from '../warnings';
import { hear } from './announcements';
import { GroundTruth, type Loss, type RepairKeys } from './ground-truth';
import { Lookout } from './lookout';
import type { CheckedWatchOptions } from './options';

/** What somebody else has removed, damaged or put in between; at least one line of it is new. */
export interface RuleLoss {
  /** What was published or applied and is not whole any more. */
  readonly rules: readonly NamedRule[];
  /** What is not as portshift would have left it, in words; rules of others in portshift's own chains too, which stay. */
  readonly damage: readonly string[];
}

/** What was put back. */
export interface RuleHealing {
  readonly added: readonly NamedRule[];
  readonly removed: readonly NamedRule[];
  /** Chains of the legacy tables in which the jumps to portshift's own chains are first again. */
  readonly first?: readonly string[];
}

/** What stands in the way: all of it at that moment. */
export interface RuleObstruction {
  readonly warnings: readonly Warning[];
}

/** The events of a watch, each with what its listeners are given. */
export interface WatchEvents {
  /** Somebody else has taken rules away, damaged them or put some in between. */
  readonly lost: [loss: RuleLoss];
  /** With `heal`: what was lost is back. */
  readonly healed: [healing: RuleHealing];
  /** The rules, servers or interfaces of others stand in the way of something published, and some of them newly so. */
  readonly obstructed: [obstruction: RuleObstruction];
  /** It cannot be told now, or not be healed; it is tried again. */
  readonly failed: [error: unknown];
}

/** ms after which what has failed is tried again. */
const RETRY = 1_000;

/** ms in which changes that follow one another are looked at together. */
const PAUSE = 20;

/**
 * Watches one firewall's rules; made by `firewall.watch()`. Emits `lost`, `healed` and `failed`, none of which needs a
 * listener. It keeps no process alive, unless `ref()` says so.
 */
export class Watch extends EventEmitter<WatchEvents> implements Observer {
  readonly mend: Observer['mend'];
  readonly #truth = new GroundTruth();
  #listening: Listening | undefined;
  #hearing: { close(): Promise<void> } | undefined;
  #timer: NodeJS.Timeout | undefined;
  #keepAlive: NodeJS.Timeout | undefined;
  #looking: Promise<void> | undefined;
  /** Portshift processes that are taking everything away. */
  #emptying = 0;
  /** What was told last, line by line, and is so still. */
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
      // Its first look finds what is there, and takes it for what should be.
      this.committer.observer = this;
      await this.committer.refresh();
      await this.#lookAround();
      this.options.signal?.throwIfAborted();
      return this;
    } catch (error) {
      await this.close();
      // What was begun when it was closed already.
      await this.#release();
      throw error;
    }
  }

  /** Keeps the process alive as long as it watches. */
  ref(): this {
    if (this.#closing === undefined) this.#keepAlive ??= setInterval(() => {}, 0x7fff_ffff);
    return this;
  }

  /** Lets the process end, as it does at first. */
  unref(): this {
    clearInterval(this.#keepAlive);
    this.#keepAlive = undefined;
    return this;
  }

  /** Whether `close()` was called, or its firewall or its signal has closed it. */
  get isClosed(): boolean {
    return this.#closing !== undefined;
  }

  /** Watches no longer; when it resolves, nothing is left of it. Idempotent. */
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
    // Where it only becomes less there is nothing to tell.
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
      // What is gone by now was announced.
      await this.#look();
      this.#emptying -= 1;
    };
  }

  #owe(change: RepairKeys): void {
    this.#truth.owe(change);
    this.#lookAfter(PAUSE);
  }

  /** In a turn of its own: what a listener throws is the program's affair, and not that of a change under way. */
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
