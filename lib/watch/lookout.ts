import type { Listening } from '../backends/backend';
import { displacedJumps } from '../foreign/displaced';
import type { ForeignFinding } from '../foreign/finding';
import { judgeSurroundings } from '../foreign/judge';
import { type Surroundings, type SurroundingsOptions, SurroundingsReader } from '../foreign/surroundings';
import { type Warning, warningsOf } from '../foreign/warnings';
import type { Publication } from '../model/entry';
import { FirewallError } from '../util/errors';
import { sliced } from '../util/slices';

/** Supplies what a lookout needs, and receives its results. */
export interface LookoutListener {
  /** Returns what is published now. */
  published(): readonly Publication[];
  /** Called with all present obstructions if at least one of them is new. */
  obstructed(warnings: readonly Warning[]): void;
  /** Called with the chains in which the owner's jumps have been put first again. */
  raised(chains: readonly string[]): void;
  failed(error: unknown): void;
}

export interface LookoutOptions {
  readonly surroundings: SurroundingsOptions;
  readonly owner: string;
  /** If true, puts the owner's jumps first again where they are not. */
  readonly heal: boolean;
  /** The time between two looks at the legacy tables, in ms. */
  readonly interval: number;
}

/** The time in ms after a change within which further changes are handled by the same look. */
const PAUSE = 100;

/**
 * The pause after a look, as a multiple of the time that the look took, because other programs may change their rules
 * again and again.
 */
const REST = 20;

/**
 * The time in ms after which everything is examined again, because interfaces, addresses and servers change without
 * notice.
 */
const AT_LEAST = 10_000;

/** Watches how the rules of others affect published ports. */
export class Lookout {
  readonly #reader: SurroundingsReader;
  #listening: Listening | undefined;
  #timer: NodeJS.Timeout | undefined;
  #at = 0;
  #looking: Promise<void> | undefined;
  #mayLookFrom = 0;
  #reported: ReadonlySet<string> = new Set();
  #isClosed = false;

  constructor(
    readonly options: LookoutOptions,
    readonly listener: LookoutListener,
  ) {
    this.#reader = new SurroundingsReader(options.surroundings);
  }

  /** Starts to look for the first time after a moment, and then after every change. Keeps no process alive. */
  async start(): Promise<void> {
    const touched = () => this.#lookWithin(PAUSE);
    const failed = (error: unknown) => this.listener.failed(error);
    this.#listening = await this.#reader.listen(touched, failed, this.options.interval);
    if (this.#isClosed) await this.#listening.close();
    this.#lookWithin(PAUSE);
  }

  /** Closes the lookout. When it resolves, no timer or session is left. Idempotent. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    await this.#listening?.close();
    await this.#looking;
    clearTimeout(this.#timer);
    await this.#reader.close();
  }

  #lookWithin(time: number): void {
    if (this.#isClosed) return;
    const at = Math.max(Date.now() + time, this.#mayLookFrom);
    if (this.#timer !== undefined && this.#at <= at) return;
    clearTimeout(this.#timer);
    this.#at = at;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#looking = (this.#looking ?? Promise.resolve()).then(() => this.#look());
    }, at - Date.now()).unref();
  }

  async #look(): Promise<void> {
    if (this.#isClosed) return;
    const from = Date.now();
    try {
      await this.#judge(await this.#raise(await this.#reader.read()));
    } catch (error) {
      if (!this.#isClosed) this.listener.failed(error);
    }
    this.#mayLookFrom = Date.now() + REST * (Date.now() - from);
    this.#lookWithin(AT_LEAST);
  }

  async #judge(surroundings: Surroundings): Promise<void> {
    const findings = await sliced(judgeSurroundings(surroundings, this.listener.published()));
    const warnings = warningsOf(findings);
    const lines = findings.filter(({ level }) => level !== 'note').map(identityOf);
    const isNew = lines.some((line) => !this.#reported.has(line));
    this.#reported = new Set(lines);
    if (isNew && !this.#isClosed) this.listener.obstructed(warnings);
  }

  /** Puts displaced jumps first, with `heal`. Returns the surroundings as they are afterwards. */
  async #raise(surroundings: Surroundings): Promise<Surroundings> {
    const { legacy } = surroundings;
    if (!this.options.heal || legacy instanceof FirewallError) return surroundings;
    const jumps = displacedJumps(legacy.rules, this.options.owner);
    if (jumps.length === 0) return surroundings;
    const result = await this.#reader.raise(jumps);
    // The next look handles what others have changed in the meantime.
    if (result === 'stale') this.#lookWithin(PAUSE);
    else this.listener.raised([...new Set(jumps.map(({ family, table, chain }) => `${family} ${table} ${chain}`))]);
    return this.#reader.read();
  }
}

/**
 * Returns a text that identifies a finding. A rule of the legacy tables is identified by its text, because its number
 * changes with the rules before it.
 */
function identityOf({ name, code, text, rule }: ForeignFinding): string {
  if (rule === undefined) return `${name} ${code} ${text}`;
  const { backend, family, table, chain, handle } = rule;
  return [name, code, backend, family, table, chain, handle ?? rule.text].join(' ');
}
