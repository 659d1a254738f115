import { CLOSED_OUTPUT, type RulesetExpression, type RulesetRule, type RulesetVerdict } from '../backends/nft';
import { bitsOf, fibValue, metaValue, Registers, type Sets, swapped, trackingValue } from './nft-machine';
import { bytesOf, certain, compares, hexOf, hexValue, masked, payload, unknownValue, type Value } from './nft-value';
import { areAlike, distinct, effectOf } from './nft-verdict';
import { eitherPacket, type Packet } from './packet';
import type { Effect, FilterRule, Judgement, RuleReference } from './packet-filter';
import { both, inverted, type Truth } from './truth';
import { StructReader } from './xt-bytes';
import { extensionHolds } from './xt-matches';
import { extensionOutcome } from './xt-targets';

const NOTHING: readonly never[] = [];

/** A rule of nf_tables. */
export class NftRule implements FilterRule {
  constructor(
    readonly reference: RuleReference,
    readonly rule: RulesetRule,
    readonly sets: Sets,
  ) {}

  judge(packet: Packet): Judgement {
    // No client sends from the port that a server listens on.
    if (this.reference.owner !== undefined && this.rule.chain === CLOSED_OUTPUT.chain) return noMatch(packet);
    const evaluation = new Evaluation(packet, this.sets, this.reference);
    for (const expression of this.rule.expressions) {
      evaluation.evaluate(expression);
      if (evaluation.matches === 'no') return noMatch(packet);
      if (evaluation.isOver) break;
    }
    return evaluation.judgement();
  }
}

function noMatch(packet: Packet): Judgement {
  return { matches: 'no', effects: NOTHING, packet, undecoded: NOTHING };
}

/** The evaluation of one rule for one packet. */
class Evaluation {
  matches: Truth = 'yes';
  /** True once a verdict has been reached. */
  isOver = false;
  readonly #registers = new Registers();
  readonly #effects: Effect[] = [];
  readonly #undecoded: string[] = [];
  #packet: Packet;

  constructor(
    readonly given: Packet,
    readonly sets: Sets,
    readonly reference: RuleReference,
  ) {
    this.#packet = given;
  }

  judgement(): Judgement {
    const { matches, given } = this;
    const packet = matches === 'yes' ? this.#packet : eitherPacket(this.#packet, given);
    return { matches, effects: this.#effects, packet, undecoded: this.#undecoded };
  }

  evaluate(one: RulesetExpression): void {
    switch (one.expr) {
      case 'cmp':
        this.#require(compares(this.#registers.load(one.sreg, one.data.length / 2), one.op, bytesOf(one.data)));
        break;
      case 'range': {
        const value = this.#registers.load(one.sreg, one.from.length / 2);
        const isWithin = both(compares(value, 'gte', bytesOf(one.from)), compares(value, 'lte', bytesOf(one.to)));
        this.#require(inverted(isWithin, one.op === 'neq'));
        break;
      }
      case 'lookup':
        this.#lookup(one);
        break;
      case 'match':
        this.#match(one);
        break;
      case 'target':
        this.#target(one);
        break;
      case 'unknown':
        this.#doubt(one.name);
        break;
      default:
        this.#load(one);
    }
  }

  /** Evaluates expressions that write to a register or to the packet, and hands the others to `#act`. */
  #load(one: Rest): void {
    const registers = this.#registers;
    switch (one.expr) {
      case 'meta':
        if ('dreg' in one) registers.store(one.dreg, metaValue(one.key, this.#packet));
        else this.#setMeta(one.key, registers.load(one.sreg, 4));
        break;
      case 'payload':
        if ('dreg' in one) {
          const value = payload(this.#packet, one.base, one.offset, one.length);
          registers.store(one.dreg, value ?? unknownValue(one.length));
        }
        break;
      case 'bitwise':
        if ('mask' in one) {
          const value = registers.load(one.sreg, one.mask.length / 2);
          registers.store(one.dreg, masked(value, bytesOf(one.mask), bytesOf(one.xor)));
        } else registers.store(one.dreg, unknownValue(one.length));
        break;
      case 'byteorder':
        registers.store(one.dreg, swapped(registers.load(one.sreg, one.length), one.size));
        break;
      case 'ct':
        this.#tracking(one);
        break;
      case 'fib':
        registers.store(one.dreg, fibValue(one.flags, one.result));
        break;
      case 'immediate':
        if ('verdict' in one) this.#decide(one);
        else registers.store(one.dreg, hexValue(one.data));
        break;
      default:
        this.#act(one);
    }
  }

  #act(one: Acting): void {
    switch (one.expr) {
      case 'nat':
        if (one.type === 'snat') this.#end({ effect: 'accept' });
        else this.#end({ effect: 'translate', ...this.#address(one), ...this.#port(one.portReg, one.portMaxReg) });
        break;
      case 'redir':
        this.#end({ effect: 'translate', ...this.#port(one.portReg, one.portMaxReg) });
        break;
      case 'masq':
        this.#end({ effect: 'accept' });
        break;
      case 'tproxy':
        this.#proxy();
        break;
      case 'reject':
      case 'queue':
        this.#end({ effect: one.expr });
        break;
      case 'synproxy':
        this.#end({ effect: 'unknown', what: 'synproxy' });
        break;
      case 'notrack':
        this.#packet = { ...this.#packet, states: ['untracked'], untrackedBy: this.reference };
        break;
      case 'dynset':
        if (one.expressions !== undefined || one.invert === true) this.#require('unknown');
        break;
      case 'objref':
        if (!('type' in one) || MAY_END.has(one.type)) this.#require('unknown');
        break;
      case 'counter':
      case 'last':
      case 'log':
      case 'dup':
      case 'flow_offload':
        break;
      default:
        if ('dreg' in one && one.dreg !== undefined) this.#registers.store(one.dreg, unknownValue(16));
        if (!('dreg' in one) || one.expr === 'socket') this.#require('unknown');
    }
  }

  #require(truth: Truth): void {
    this.matches = both(this.matches, truth);
  }

  #doubt(what: string): void {
    this.#undecoded.push(what);
    this.#require('unknown');
  }

  #end(effect: Effect): void {
    this.#effects.push(effect);
    this.isOver = true;
  }

  #decide(verdict: RulesetVerdict): void {
    const effect = effectOf(verdict);
    if (effect !== undefined) this.#end(effect);
    else if (verdict.verdict === 'break') this.matches = 'no';
  }

  #lookup(one: Extract<RulesetExpression, { expr: 'lookup' }>): void {
    const set = this.sets(one.set);
    if (set === undefined) {
      this.#doubt(`the set ${one.set}`);
      return;
    }
    const { isIn, elements } = set.find(this.#registers.load(one.sreg, set.set.keyLength));
    this.#require(inverted(isIn, one.invert));
    if (one.dreg === undefined || this.matches === 'no') return;
    if (one.dreg !== 0) {
      const values = elements.map(({ data }) => hexValue(data ?? ''));
      this.#registers.store(one.dreg, values.length === 0 ? unknownValue(set.set.dataLength) : values.flat());
      return;
    }
    const effects = elements.flatMap(({ verdict }) => (verdict === undefined ? [] : (effectOf(verdict) ?? [])));
    if (elements.length > 1 && !areAlike(effects, elements.length)) this.#require('unknown');
    this.#effects.push(...distinct(effects));
    // If one of the possible verdicts is to continue, the rule may continue as well.
    this.isOver = this.matches === 'yes' && effects.length > 0;
  }

  #match({ name, revision, data }: Compat): void {
    const truth = extensionHolds({ name, revision, data: bytesOf(data) }, this.#packet);
    if (truth === 'undecoded') this.#doubt(`the match ${name}`);
    else this.#require(truth);
  }

  #target({ name, revision, data }: Compat): void {
    const { effect, packet, untracks, zones } = extensionOutcome({ name, revision, data: bytesOf(data) }, this.#packet);
    this.#packet = untracks === true ? { ...packet, states: ['untracked'], untrackedBy: this.reference } : packet;
    if (zones === true) this.#packet = { ...packet, zonedBy: this.reference };
    if (effect?.effect === 'proxy') this.#proxied(effect.port);
    else if (effect !== undefined) this.#end(effect);
  }

  #setMeta(key: string, value: Value): void {
    if (key === 'mark') this.#packet = { ...this.#packet, mark: bitsOf(value) };
  }

  #tracking(one: Extract<RulesetExpression, { expr: 'ct' }>): void {
    if ('sreg' in one) {
      if (one.key === 'mark')
        this.#packet = { ...this.#packet, connectionMark: bitsOf(this.#registers.load(one.sreg, 4)) };
      if (one.key === 'zone' && one.direction !== 'original') {
        this.#packet = { ...this.#packet, zonedBy: this.reference };
      }
      return;
    }
    const value = trackingValue(one.key, one.direction, this.#packet);
    if (value === undefined) this.matches = 'no';
    else this.#registers.store(one.dreg, value);
  }

  /** Gives the packet to the proxy's socket. The rule continues with the next expression. */
  #proxy(): void {
    if (this.matches === 'yes') this.#packet = { ...this.#packet, proxiedBy: this.reference };
    else this.#effects.push({ effect: 'proxy' });
  }

  #proxied(port: number | undefined): void {
    this.#end(port === undefined ? { effect: 'proxy' } : { effect: 'proxy', port });
  }

  #address({ addressReg, addressMaxReg }: Extract<RulesetExpression, { expr: 'nat' }>): { address?: string } {
    if (addressReg === undefined) return {};
    const length = this.given.family === 'ipv4' ? 4 : 16;
    const bytes = certain(this.#registers.load(addressReg, length));
    if (bytes === undefined || (addressMaxReg !== undefined && addressMaxReg !== addressReg))
      return { address: 'unknown' };
    return { address: hexOf(bytes) };
  }

  #port(first: number | undefined, last: number | undefined): { port?: number | 'unknown' } {
    if (first === undefined) return {};
    const bytes = certain(this.#registers.load(first, 2));
    if (bytes === undefined || (last !== undefined && last !== first)) return { port: 'unknown' };
    return { port: new StructReader(bytes).port(0) };
  }
}

type Compat = Extract<RulesetExpression, { expr: 'match' | 'target' }>;
type Matching = Compat | Extract<RulesetExpression, { expr: 'cmp' | 'range' | 'lookup' | 'unknown' }>;
type Rest = Exclude<RulesetExpression, Matching>;
type Acting = Exclude<Rest, { expr: 'meta' | 'payload' | 'bitwise' | 'byteorder' | 'ct' | 'fib' | 'immediate' }>;

/** The types of objects that may end the rule that uses them. */
const MAY_END: ReadonlySet<string> = new Set(['quota', 'limit', 'connlimit']);
