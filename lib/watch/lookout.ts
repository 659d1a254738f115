import type { Listening } from '../backends/backend';
import { type Surroundings, type SurroundingsOptions, SurroundingsReader } from '../backends/surroundings';
import { FirewallError } from '../errors';
import { displacedJumps } from '../foreign/displaced';
import type { ForeignFinding } from '../foreign/finding';
import { judgeSurroundings } from '../foreign/judge';
import type { Publication } from '../rules/entry';
import { sliced } from '../slices';
import { type Warning, warningsOf } from '../warnings';

/** What a lookout is for. */
export interface LookoutListener {
  /** What is published now. */
  published(): readonly Publication[];
  /** What stands in the way; at least one of these is new. */
  obstructed(warnings: readonly Warning[]): void;
  /** Chains in which the owner's jumps are first again. */
  raised(chains: readonly string[]): void;
  failed(error: unknown): void;
}

export interface LookoutOptions {
  readonly surroundings: SurroundingsOptions;
  readonly owner: string;
  /** Puts the owner's jumps first again where they are not. */
  readonly heal: boolean;
  /** ms between two looks at the legacy tables. */
  readonly interval: number;
}

/** ms after a change in which others are looked at together with it. */
const PAUSE = 100;

/** A look is followed by this many times its own length of rest: others change their rules again and again. */
const REST = 20;

/** ms after which all is looked at again: interfaces, addresses and servers come and go without a word. */
const AT_LEAST = 10_000;

/** Watches what the rules of others do to published ports. */
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

  /** Looks for the first time a moment later, and whenever something has changed from then on. Keeps no process alive. */
  async start(): Promise<void> {
    const touched = () => this.#lookWithin(PAUSE);
    const failed = (error: unknown) => this.listener.failed(error);
    this.#listening = await this.#reader.listen(touched, failed, this.options.interval);
    if (this.#isClosed) await this.#listening.close();
    this.#lookWithin(PAUSE);
  }

  /** When it resolves, nothing is left of it. Idempotent. */
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

  /** Answers what is there afterwards. */
  async #raise(surroundings: Surroundings): Promise<Surroundings> {
    const { legacy } = surroundings;
    if (!this.options.heal || legacy instanceof FirewallError) return surroundings;
    const jumps = displacedJumps(legacy.rules, this.options.owner);
    if (jumps.length === 0) return surroundings;
    const result = await this.#reader.raise(jumps);
    // What others have changed meanwhile is seen with the next look.
    if (result === 'stale') this.#lookWithin(PAUSE);
    else this.listener.raised([...new Set(jumps.map(({ family, table, chain }) => `${family} ${table} ${chain}`))]);
    return this.#reader.read();
  }
}

/** A rule of the legacy tables is known by what it says: its number changes with the rules before it. */
function identityOf({ name, code, text, rule }: ForeignFinding): string {
  if (rule === undefined) return `${name} ${code} ${text}`;
  const { backend, family, table, chain, handle } = rule;
  return [name, code, backend, family, table, chain, handle ?? rule.text].join(' ');
}
