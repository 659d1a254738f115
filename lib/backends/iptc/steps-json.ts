import { writeKey } from '../../model/entry';
import { spanOf } from '../../model/port';
import { ruleJson, textJson } from '../../model/rule-json';
import type { TableRule } from '../../model/table-rule';
import type { TableOperation } from '../../model/table-step';
import type { StepPart } from '../table-session';
import { EntryOperation } from './entry-operation';
import { commentPrefixOf } from './placement';

/** Writes all steps as one text, which native/iptables/steps_json.h reads. */
export function stepsJson(steps: readonly StepPart[]): string {
  const text = new Pieces(
    steps.reduce((sum, { operations }) => sum + MOST_IN_STEP + MOST_IN_OPERATION * operations.length, 2),
  );
  text.add('[');
  let comma = '';
  for (const step of steps) {
    text.add(comma);
    addStep(text, step);
    comma = ',';
  }
  text.add(']');
  return text.join();
}

const MOST_IN_STEP = 5;
const MOST_IN_OPERATION = 15;

type Piece = string | number;

/**
 * A text that is joined once from its pieces. Concatenation, or an array that grows, would take several times the
 * memory.
 */
class Pieces {
  readonly #all: Piece[];
  #count = 0;

  /** @param most the maximum number of pieces */
  constructor(most: number) {
    this.#all = new Array<Piece>(most);
  }

  add(piece: Piece): void {
    this.#all[this.#count] = piece;
    this.#count += 1;
  }

  join(): string {
    this.#all.length = this.#count;
    return this.#all.join('');
  }
}

/**
 * Writes one step. Bytes are hexadecimal digits. The rule of an entry is written as the index of a similar rule, which
 * is written once per step, and its own ports, comment and target port.
 */
function addStep(text: Pieces, { family, table, expect, operations }: StepPart): void {
  text.add(`{"family":"${family}","table":"${table}"`);
  if (expect !== undefined) text.add(`,"expect":${textJson(expect)}`);
  text.add(',"operations":[');
  const alike: TableRule[] = [];
  let comma = '';
  for (const operation of operations) {
    text.add(comma);
    if (operation instanceof EntryOperation) addEntry(text, operation, indexIn(alike, operation.like));
    else addOther(text, operation);
    comma = ',';
  }
  text.add(`],"alike":[${alike.map(ruleJson).join(',')}]}`);
}

/** The beginnings of operations, up to the name of the chain. */
const HEAD = {
  createChain: '{"op":"createChain","chain":"',
  deleteChain: '{"op":"deleteChain","chain":"',
  insert: '{"op":"insert","chain":"',
  append: '{"op":"append","chain":"',
  delete: '{"op":"delete","chain":"',
} as const;

function addOther(text: Pieces, operation: TableOperation): void {
  text.add(HEAD[operation.op]);
  text.add(textJson(operation.chain).slice(1));
  text.add('rule' in operation ? `,"rule":${ruleJson(operation.rule)}}` : '}');
}

/** Writes the rule of an entry. An own chain's name and an entry's key need no escapes. */
function addEntry(text: Pieces, { op, chain, entry, like }: EntryOperation, index: number): void {
  const { rule } = entry;
  const [first, last] = spanOf(rule.port);
  text.add(HEAD[op]);
  text.add(chain);
  text.add('","like":');
  text.add(index);
  text.add(',"ports":[');
  text.add(first);
  text.add(',');
  text.add(last);
  text.add('],"comment":"');
  text.add(commentPrefixOf(like));
  text.add(writeKey(entry));
  if (rule.kind === 'markDrop') {
    text.add('"}');
  } else {
    text.add('","port":');
    text.add(rule.targetPort);
    text.add('}');
  }
}

function indexIn(rules: TableRule[], rule: TableRule): number {
  const index = rules.indexOf(rule);
  return index < 0 ? rules.push(rule) - 1 : index;
}
