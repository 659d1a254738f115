import { eitherPacket, type Packet } from './packet';
import {
  type Effect,
  type FilterChain,
  type FilterRule,
  type Judgement,
  keyOf,
  type PacketFilter,
} from './packet-filter';

/** The maximum number of judgements in one walk. The effect of the rules behind it is unknown. */
const MOST_JUDGEMENTS = 100_000;

/** One way in which a chain may end for a packet. */
export interface Outcome {
  readonly effect: Effect;
  /** The rule that ends the chain. Absent if it is the policy. */
  readonly rule?: FilterRule;
  readonly packet: Packet;
  /** True if this happens unless a doubtful rule matches. */
  readonly isSure: boolean;
  readonly undecoded?: readonly string[];
}

/**
 * The result of evaluating a chain. `through` is set if the packet may leave the chain at its end or by RETURN. Either
 * one of the outcomes or `through` is sure.
 */
export interface Evaluated {
  readonly outcomes: readonly Outcome[];
  readonly through: { readonly packet: Packet; readonly isSure: boolean } | undefined;
}

/** The results of evaluating chains for packets. Each chain is evaluated once per packet. */
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

  /** Returns the result of the chain if it ends for the packet here, and undefined if the packet continues. */
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

/** The state of a chain during its evaluation. */
class ChainState {
  readonly #outcomes: Outcome[] = [];
  /** The packet at the point where it may have left the chain by RETURN. */
  #left: Packet | undefined;
  /** True until the usual outcome is decided. From then on, only doubtful outcomes are added. */
  #isOpen = true;

  constructor(public packet: Packet) {}

  /** The result if the chain ends for the packet here, unless the packet has left the chain before. */
  get decided(): Evaluated {
    return { outcomes: this.#outcomes, through: this.#left && { packet: this.#left, isSure: false } };
  }

  /** The result if the packet leaves the chain here. */
  get left(): Evaluated {
    return { outcomes: this.#outcomes, through: { packet: this.packet, isSure: this.#isOpen } };
  }

  decide(outcome: Outcome): void {
    this.#outcomes.push({ ...outcome, isSure: outcome.isSure && this.#isOpen });
  }

  /** Returns the result if the effect of this rule, and of all behind it, is unknown. */
  gaveUp(rule: FilterRule, what: string): Evaluated {
    this.decide({ effect: { effect: 'unknown', what }, rule, packet: this.packet, isSure: true });
    return this.decided;
  }

  mayLeave(packet: Packet): void {
    this.#left ??= packet;
  }

  /** Adds the result of a chain that was jumped to. */
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
