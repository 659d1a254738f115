import { eitherPacket, type Packet } from './packet';
import {
  type Effect,
  type FilterChain,
  type FilterRule,
  type Judgement,
  keyOf,
  type PacketFilter,
} from './packet-filter';

/** So many judgements make up one walk at most; what is behind them is unknown. */
const MOST_JUDGEMENTS = 100_000;

/** One way in which a chain may end. */
export interface Outcome {
  readonly effect: Effect;
  /** Absent: the policy. */
  readonly rule?: FilterRule;
  readonly packet: Packet;
  /** It happens unless a doubtful rule matches. */
  readonly isSure: boolean;
  readonly undecoded?: readonly string[];
}

/**
 * What a chain comes to: `through` where the packet leaves it at its end, or by RETURN. One of the outcomes, or else that,
 * is sure.
 */
export interface Evaluated {
  readonly outcomes: readonly Outcome[];
  readonly through: { readonly packet: Packet; readonly isSure: boolean } | undefined;
}

/** The chains that a packet has been judged by, each once. */
export class Judging {
  readonly #known = new Map<FilterChain, Map<Packet, Evaluated>>();
  #judged = 0;

  constructor(readonly filter: PacketFilter) {}

  *evaluate(chain: FilterChain, packet: Packet): Generator<void, Evaluated> {
    const known = this.#known.get(chain)?.get(packet);
    if (known !== undefined) return known;
    const evaluated = yield* this.#evaluate(chain, packet);
    const ofChain = this.#known.get(chain) ?? new Map<Packet, Evaluated>();
    this.#known.set(chain, ofChain.set(packet, evaluated));
    return evaluated;
  }

  *#evaluate(chain: FilterChain, given: Packet): Generator<void, Evaluated> {
    const state = new ChainState(given);
    for (const rule of chain) {
      yield;
      this.#judged += 1;
      if (this.#judged > MOST_JUDGEMENTS) return state.gaveUp(rule, 'too many rules');
      const judgement = rule.judge(state.packet);
      if (judgement.matches === 'no') continue;
      for (const effect of judgement.effects) {
        const end = yield* this.#follow(state, rule, judgement, effect);
        if (end !== undefined) return end;
      }
      if (judgement.effects.length === 0) state.packet = judgement.packet;
    }
    return state.left;
  }

  /** Answers what the chain comes to where it is over for the packet. */
  *#follow(
    state: ChainState,
    rule: FilterRule,
    { matches, packet, undecoded }: Judgement,
    effect: Effect,
  ): Generator<void, Evaluated | undefined> {
    const isSure = matches === 'yes';
    if (effect.effect === 'return') {
      if (isSure) return state.left;
      state.mayLeave(packet);
      return undefined;
    }
    if (effect.effect !== 'jump' && effect.effect !== 'goto') {
      state.decide({ effect, rule, packet, isSure, undecoded });
      return isSure ? state.decided : undefined;
    }
    const target = this.#target(rule, effect.chain);
    if (target === undefined) return state.gaveUp(rule, `the chain ${effect.chain}`);
    const entered = yield* this.evaluate(target, packet);
    state.enter(entered, isSure);
    if (isSure && entered.through === undefined) return state.decided;
    if (effect.effect === 'jump') return undefined;
    if (isSure) return state.left;
    if (entered.through !== undefined) state.mayLeave(entered.through.packet);
    return undefined;
  }

  #target({ reference }: FilterRule, chain: string): FilterChain | undefined {
    const { backend, family, table } = reference;
    return this.filter.chain(backend, keyOf(family, table, chain));
  }
}

/** A chain under evaluation. */
class ChainState {
  readonly #outcomes: Outcome[] = [];
  /** As the packet is where it may have left the chain by RETURN. */
  #left: Packet | undefined;
  /** What is usual has not been decided yet: from then on, only what is doubtful is looked at. */
  #isOpen = true;

  constructor(public packet: Packet) {}

  /** The chain is over for the packet, unless it has left it before. */
  get decided(): Evaluated {
    return { outcomes: this.#outcomes, through: this.#left && { packet: this.#left, isSure: false } };
  }

  /** The packet leaves the chain here. */
  get left(): Evaluated {
    return { outcomes: this.#outcomes, through: { packet: this.packet, isSure: this.#isOpen } };
  }

  decide(outcome: Outcome): void {
    this.#outcomes.push({ ...outcome, isSure: outcome.isSure && this.#isOpen });
  }

  /** What is behind this rule is unknown. */
  gaveUp(rule: FilterRule, what: string): Evaluated {
    this.decide({ effect: { effect: 'unknown', what }, rule, packet: this.packet, isSure: true });
    return this.decided;
  }

  mayLeave(packet: Packet): void {
    this.#left ??= packet;
  }

  /** What a chain came to that was jumped to. */
  enter({ outcomes, through }: Evaluated, isSure: boolean): void {
    const isUsual = isSure && this.#isOpen;
    for (const outcome of outcomes) this.#outcomes.push({ ...outcome, isSure: outcome.isSure && isUsual });
    if (through === undefined) return;
    if (!isSure) this.packet = eitherPacket(through.packet, this.packet);
    else {
      this.packet = through.packet;
      this.#isOpen &&= through.isSure;
    }
  }
}
