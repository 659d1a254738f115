import { setImmediate as nextTurn } from 'node:timers/promises';

/** How long work may hold the event loop in one turn before it lets others in, in ms. */
const LENGTH = 0.4;

/** Steps between two looks at the clock. */
const STRIDE = 8;

/** When work first held the event loop in its present turn, in ms; undefined where none has. */
let heldSince: number | undefined;

/** What runs now was woken up by `rest`, which is in the last part of a turn of the event loop. */
let isRested = false;

function release(): void {
  heldSince = undefined;
}

/** For what holds the event loop in a part of the turn before that: the last part is of the same turn. */
function releaseLater(): void {
  setImmediate(release);
}

function endRested(): void {
  isRested = false;
}

/**
 * Whether the event loop has been held for so long that others should be let in. Whatever is done in one turn of it
 * counts, be it in many short pieces: who awaits one call after the other may never let it turn.
 */
export function isHeldLong(): boolean {
  const now = performance.now();
  if (heldSince === undefined) {
    heldSince = now;
    setImmediate(isRested ? release : releaseLater);
  }
  return now - heldSince > LENGTH;
}

/** Lets others in. */
export async function rest(): Promise<void> {
  await nextTurn();
  isRested = true;
  process.nextTick(endRested);
}

/** Work that can be interrupted between its steps. */
export class Slice {
  #steps = 0;

  /** Counts a step of work; true when others should be let in before the next one. */
  step(): boolean {
    this.#steps += 1;
    return this.#steps % STRIDE === 0 && isHeldLong();
  }
}

/**
 * Runs a generator to its end in slices; each `yield` is a place where it may be interrupted. To be awaited at once:
 * what ends within its first slice is there, or has thrown, when this returns.
 * @param slice where the work is one part of many, the slice that they share
 */
export function sliced<T>(work: Generator<void, T>, slice = new Slice()): T | Promise<T> {
  for (;;) {
    const { done, value } = work.next();
    if (done) return value;
    if (slice.step()) return goOn(work, slice);
  }
}

async function goOn<T>(work: Generator<void, T>, slice: Slice): Promise<T> {
  for (;;) {
    await rest();
    for (;;) {
      const { done, value } = work.next();
      if (done) return value;
      if (slice.step()) break;
    }
  }
}

/** All of them as an array. */
export function* collected<T>(items: Iterable<T>): Generator<void, T[]> {
  const all: T[] = [];
  for (const item of items) {
    all.push(item);
    yield;
  }
  return all;
}
