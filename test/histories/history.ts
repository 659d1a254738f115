import type { Protocol } from '../../lib';
import type { Operation, Service, Way } from './operations';

/** What one owner has: published ports by name, and rules without one as `redirect tcp 1001>2001` and the like. */
export interface State {
  readonly named: ReadonlyMap<string, Service>;
  readonly rules: ReadonlySet<string>;
}

export const NOTHING: State = { named: new Map(), rules: new Set() };

/** What one actor remembers: the states around its last change. */
export interface Receipt {
  readonly before: State;
  readonly after: State;
}

export interface World {
  /** By owner. */
  readonly states: ReadonlyMap<string, State>;
  /** By actor. */
  readonly receipts: ReadonlyMap<number, Receipt>;
}

export interface Step {
  readonly actor: number;
  readonly owner: string;
  readonly operation: Operation;
}

/** What becomes of a call: `done`, the code of an error, or what it has seen. */
export type Outcome = string;

/** What the operation makes of the world, and what the caller is told. */
export function run(world: World, { actor, owner, operation }: Step): { world: World; outcome: Outcome } {
  const before = world.states.get(owner) ?? NOTHING;
  const told = (outcome: Outcome) => ({ world, outcome });
  const change = (after: State, receipts: ReadonlyMap<number, Receipt>) => ({
    world: { states: new Map([...world.states, [owner, after]]), receipts },
    outcome: 'done',
  });
  if (operation.does === 'look') return told(seen(before));
  if (operation.does === 'counters') return told(before.named.has(operation.name) ? 'done' : 'ERR_NOT_FOUND');
  if (operation.does === 'reopen') {
    return change(before, new Map([...world.receipts].filter(([key]) => key !== actor)));
  }
  if (operation.does === 'rollback') {
    const receipt = world.receipts.get(actor);
    if (receipt === undefined) return told('nothing to roll back');
    if (textOf(receipt.after) !== textOf(before)) return told('ERR_CONFLICT');
    return change(receipt.before, new Map([...world.receipts].filter(([key]) => key !== actor)));
  }
  const after = edited(before, operation);
  if (typeof after === 'string') return told(after);
  return change(after, new Map([...world.receipts, [actor, { before, after }]]));
}

/** Those that may change what is installed, rollback left out. */
type Editing = Exclude<Operation, { does: 'look' | 'counters' | 'reopen' | 'rollback' }>;

/** The state after an edit, or the code of the error. */
function edited(state: State, operation: Editing): State | string {
  switch (operation.does) {
    case 'publish': {
      const { service } = operation;
      const same = state.named.get(service.name);
      if (same !== undefined) return serviceText(same) === serviceText(service) ? state : 'ERR_CONFLICT';
      return checked({ ...state, named: new Map([...state.named, [service.name, service]]) });
    }
    case 'publishAll': {
      const named = new Map(operation.services.map((service) => [service.name, service]));
      return named.size < operation.services.length ? 'ERR_CONFLICT' : checked({ named, rules: new Set() });
    }
    case 'move':
    case 'retarget': {
      const service = state.named.get(operation.name);
      if (service === undefined) return 'ERR_NOT_FOUND';
      const next = operation.does === 'move' ? { port: operation.to } : { targetPort: operation.to };
      return checked({ ...state, named: new Map([...state.named, [service.name, { ...service, ...next }]]) });
    }
    case 'withdraw':
      if (!state.named.has(operation.name)) return 'ERR_NOT_FOUND';
      return { ...state, named: new Map([...state.named].filter(([name]) => name !== operation.name)) };
    case 'apply':
      return checked({ named: new Map(), rules: new Set(operation.ways.flatMap(rulesOf)) });
    case 'update': {
      const removed = new Set(operation.remove.flatMap(rulesOf));
      const kept = [...state.rules].filter((rule) => !removed.has(rule));
      return checked({ ...state, rules: new Set([...kept, ...operation.add.flatMap(rulesOf)]) });
    }
    default:
      return NOTHING;
  }
}

/** A public port leads to one place only, whoever says so. */
function checked(state: State): State | 'ERR_CONFLICT' {
  const redirects = [
    ...[...state.named.values()].map(wayText),
    ...[...state.rules].flatMap((rule) => (rule.startsWith('redirect ') ? rule.slice('redirect '.length) : [])),
  ];
  const ports = redirects.map((way) => way.split('>')[0]);
  return new Set(ports).size < ports.length ? 'ERR_CONFLICT' : state;
}

function wayText({ protocol, port, targetPort }: Way): string {
  return `${protocol} ${port}>${targetPort}`;
}

function closedText({ protocol, targetPort }: { protocol: Protocol; targetPort: number }): string {
  return `${protocol} ${targetPort}`;
}

function rulesOf(way: Way): string[] {
  return [`redirect ${wayText(way)}`, `loopback ${wayText(way)}`, `markDrop ${closedText(way)}`];
}

function serviceText(service: Service): string {
  return `${service.name}: ${wayText(service)} ${service.deny}`;
}

function textOf({ named, rules }: State): string {
  return [...[...named.values()].map(serviceText), ...rules].sort().join('\n');
}

/** The published ports as a caller sees them. */
function seen({ named }: State): string {
  return [...named.values()].map(serviceText).sort().join('; ');
}

/** What an owner's rules do, in each family: `redirect tcp 1001>2001`, `loopback ...`, `closed tcp 2001`. */
export function factsOf({ named, rules }: State): string[] {
  const facts = [...named.values()].flatMap(rulesOf).concat([...rules]);
  return [...new Set(facts.map((fact) => fact.replace('markDrop', 'closed')))].sort();
}
