import { answersOf } from '../../model/answers';
import { type Port, portOf } from '../../model/port';
import { PortIndex } from '../../model/port-index';
import { PortMap } from '../../model/port-map';
import { SteadyMap } from '../../util/steady-map';
import { answersChain } from './chains';
import type { ElementContent, ElementKey } from './decoding';
import type { Hex } from './expression';
import type { NftNeed } from './lowering';
import type { NftChain } from './operation';
import { BASE_SPECS, type NftSpec, specName } from './spec';

/** A place for one element in a set, with the element that the kernel has there and the one that is wanted there. */
export interface Slot extends ElementKey {
  readonly set: SetState;
  first: number;
  last: number;
  installed: ElementContent | undefined;
  /** The number of packets that the element has counted. */
  packets: number;
  /** The number of entries that need the element. None of them needs other content. */
  users: number;
  wanted: ElementContent | undefined;
}

/** A rule that a set or a guard needs, with the kernel's handle if the rule is installed. */
export interface RuleState {
  readonly chain: string;
  handle: number | undefined;
}

/** The state of a map or set. */
export class SetState {
  readonly name: string;
  readonly isBase: boolean;
  /** The chain for packets that come from the ports of the set. It exists as long as the set does. */
  readonly answers: NftChain | undefined;
  /** The other sets that close ports of the same protocol. */
  others: readonly SetState[] = [];
  /** The state in the kernel. It is `wrong` if a set of that name exists, but differs from what is expected. */
  presence: 'absent' | 'present' | 'wrong' = 'absent';
  /**
   * True if a foreign rule looks up the set, is in its chain for answers, or jumps to that chain. The set then stays.
   */
  isInUse = false;
  /** The rules of the set, in the order of `rulesOf`. */
  rules: RuleState[] = [];
  /** The slots whose key is a single port without a prefix. */
  readonly #ports = new PortMap<Slot>();
  /** All other slots, by prefix and ports. */
  readonly #others = new SteadyMap<string, Slot>();
  /** The slots of wanted ranges, by prefix. */
  readonly #ranges = new Map<Hex, PortIndex<Slot>>();
  #wanted = 0;

  constructor(readonly spec: NftSpec) {
    this.name = specName(spec);
    this.answers = spec.kind === 'closed' && answersOf(spec) !== undefined ? answersChain(this.name) : undefined;
    this.isBase = BASE_SPECS.some((base) => specName(base) === this.name);
  }

  get wanted(): number {
    return this.#wanted;
  }

  /** True if the set should exist. */
  get isNeeded(): boolean {
    return this.#wanted > 0 || this.isBase || this.isInUse;
  }

  *slots(): Generator<Slot> {
    yield* this.#ports.values();
    yield* this.#others.values();
  }

  find(key: ElementKey): Slot | undefined {
    return isPort(key) ? this.at(key.first) : this.#others.get(nameOf(key));
  }

  /** Returns the slot of a single port without a prefix. */
  at(port: number): Slot | undefined {
    return this.#ports.get(port);
  }

  /** Returns true if the range overlaps no wanted one. Without ranges there is always room. */
  hasRoom({ prefix, first, last }: ElementKey): boolean {
    return !this.spec.ranges || !this.#ranges.get(prefix)?.some(portOf([first, last]), () => true);
  }

  /** Returns the slot for a key. The slot is created if there is none. */
  slot(key: ElementKey): Slot {
    const found = this.find(key);
    if (found !== undefined) return found;
    const { prefix, first, last } = key;
    const slot: Slot = {
      set: this,
      prefix,
      first,
      last,
      installed: undefined,
      packets: 0,
      users: 0,
      wanted: undefined,
    };
    if (isPort(key)) this.#ports.set(first, slot);
    else this.#others.set(nameOf(key), slot);
    return slot;
  }

  /** Moves a slot of a single port to another port, which has no slot. The kernel has nothing there yet. */
  move(slot: Slot, port: number): void {
    this.#ports.delete(slot.first);
    slot.first = port;
    slot.last = port;
    slot.installed = undefined;
    slot.packets = 0;
    this.#ports.set(port, slot);
  }

  want(slot: Slot, content: ElementContent): void {
    slot.users += 1;
    if (slot.users > 1) return;
    const { installed } = slot;
    slot.wanted = installed !== undefined && isSameContent(installed, content) ? installed : content;
    this.#wanted += 1;
    if (!this.spec.ranges) return;
    const ranges = this.#ranges.get(slot.prefix);
    if (ranges === undefined) this.#ranges.set(slot.prefix, newIndex(slot));
    else ranges.add(portOfSlot(slot), slot);
  }

  release(slot: Slot): void {
    slot.users -= 1;
    if (slot.users > 0) return;
    slot.wanted = undefined;
    this.#wanted -= 1;
    if (this.spec.ranges) this.#ranges.get(slot.prefix)?.delete(portOfSlot(slot), slot);
  }

  /** Records that the kernel no longer has the set. Returns the slots that are wanted all the same. */
  lose(): Slot[] {
    this.presence = 'absent';
    this.rules = [];
    for (const slot of [...this.slots()]) {
      slot.installed = undefined;
      slot.packets = 0;
      this.forget(slot);
    }
    return [...this.slots()];
  }

  /** Deletes a slot whose element is neither installed nor wanted. */
  forget(slot: Slot): void {
    if (slot.installed !== undefined || slot.wanted !== undefined) return;
    if (isPort(slot)) this.#ports.delete(slot.first);
    else this.#others.delete(nameOf(slot));
  }
}

/** Returns true if the key is a single port without a prefix. */
export function isPort({ prefix, first, last }: ElementKey): boolean {
  return prefix === '' && first === last;
}

function nameOf({ prefix, first, last }: ElementKey): string {
  return `${prefix} ${first} ${last}`;
}

function newIndex(slot: Slot): PortIndex<Slot> {
  const index = new PortIndex<Slot>();
  index.add(portOfSlot(slot), slot);
  return index;
}

function portOfSlot({ first, last }: Slot): Port {
  return portOf([first, last]);
}

/** Returns true if the kernel has in the slot what is wanted there, even if that is nothing. */
export function isSettled({ installed, wanted }: Slot): boolean {
  if (installed === wanted) return true;
  return installed !== undefined && wanted !== undefined && isSameContent(installed, wanted);
}

function isSameContent(one: ElementContent, other: ElementContent): boolean {
  return one === other || (one.data === other.data && one.comment === other.comment);
}

function inLayer(layers: readonly SetState[], layer: number): SetState | undefined {
  for (const state of layers) if (state.spec.layer === layer) return state;
  return undefined;
}

/** The states of all maps and sets of a table. */
export class SetStates {
  /** The layers of each set by the name of the first layer, in the order of their numbers, from 1. */
  readonly #layers = new Map<string, SetState[]>();
  #states: readonly SetState[] = [];
  /** The lists of `#layers`, by spec. */
  readonly #layersOfSpec = new Map<NftSpec, SetState[]>();

  constructor() {
    for (const spec of BASE_SPECS) this.state(spec);
  }

  /**
   * Returns the states of all sets, in the order in which the sets were first used. The layers of a set are adjacent.
   */
  states(): readonly SetState[] {
    return this.#states;
  }

  state(spec: NftSpec): SetState {
    const layers = this.#layersOf(spec);
    const found = inLayer(layers, spec.layer);
    if (found !== undefined) return found;
    const state = new SetState(spec);
    layers.push(state);
    layers.sort((a, b) => a.spec.layer - b.spec.layer);
    this.#states = [...this.#layers.values()].flat();
    if (spec.kind === 'closed') this.#noteClosed();
    return state;
  }

  #noteClosed(): void {
    const closed = this.#states.filter(({ spec }) => spec.kind === 'closed');
    for (const state of closed) {
      state.others = closed.filter((one) => one !== state && one.spec.protocol === state.spec.protocol);
    }
  }

  /** Claims the slot that already holds the needed element, or else a free one in the first layer that has room. */
  claim(need: NftNeed): Slot {
    const { spec, data, comment, home } = need;
    return this.#claim(spec, need, { data, comment }, home);
  }

  /**
   * Claims a slot as `claim` does, for a primary element that moves from a slot in the first layer to a single port.
   */
  claimAt(port: number, { set, prefix }: Slot, content: ElementContent): Slot {
    return this.#claim(set.spec, { prefix, first: port, last: port }, content, true);
  }

  #claim(spec: NftSpec, key: ElementKey, content: ElementContent, isHome: boolean): Slot {
    const layers = this.#layersOf(spec);
    const slot = this.#holding(layers, key, content, isHome) ?? this.#free(layers, spec, key);
    slot.set.want(slot, content);
    return slot;
  }

  #layersOf(spec: NftSpec): SetState[] {
    let layers = this.#layersOfSpec.get(spec);
    if (layers === undefined) {
      const name = specName(spec.layer === 1 ? spec : { ...spec, layer: 1 });
      layers = this.#layers.get(name) ?? [];
      this.#layers.set(name, layers);
      this.#layersOfSpec.set(spec, layers);
    }
    return layers;
  }

  #holding(layers: readonly SetState[], key: ElementKey, content: ElementContent, isHome: boolean): Slot | undefined {
    for (const state of layers) {
      const slot = state.find(key);
      const held = slot?.wanted ?? slot?.installed;
      if (slot === undefined || held === undefined || !isSameContent(held, content)) continue;
      if (slot.users > 0 ? !isHome : state.hasRoom(key)) return slot;
    }
    return undefined;
  }

  #free(layers: readonly SetState[], spec: NftSpec, key: ElementKey): Slot {
    for (let layer = 1; ; layer += 1) {
      const state = inLayer(layers, layer) ?? this.state({ ...spec, layer });
      const taken = (state.find(key)?.users ?? 0) > 0;
      if (!taken && state.hasRoom(key)) return state.slot(key);
    }
  }
}
