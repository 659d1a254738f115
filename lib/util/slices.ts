import { setImmediate as nextTurn } from 'node:timers/promises';

/** How long work may hold the event loop in one turn before it yields, in ms. */
const LENGTH = 0.4;

/** Steps between two readings of the clock. */
const STRIDE = 8;

/** The time at which work first held the event loop in its present turn, in ms; undefined where none has. */
let heldSince: number | undefined;

/** True while code runs that `rest` resumed, which is in the last phase of a turn of the event loop. */
let isRested = false;

function release(): void {
  heldSince = undefined;
}

/** Releases in the next turn. For work in an earlier phase of a turn, the last phase still belongs to the same turn. */
function releaseLater(): void {
  setImmediate(release);
}

function endRested(): void {
  isRested = false;
}

/**
 * Returns true if the event loop has been held for so long that other work should run. All work in one turn of the
 * event loop counts, even in many short pieces: a caller that awaits one call after the other may otherwise never let
 * the event loop turn.
 */
export function isHeldLong(): boolean {
  const now = performance.now();
  if (heldSince === undefined) {
    heldSince = now;
    setImmediate(isRested ? release : releaseLater);
  }
  return now - heldSince > LENGTH;
}

/** Lets the event loop turn, so that other work runs. */
export async function rest(): Promise<void> {
  await nextTurn();
  isRested = true;
  process.nextTick(endRested);
}

/** A count of the steps of work that can be interrupted between them. */
export class Slice {
  #steps = 0;

  /** Counts a step. Returns true if other work should run before the next step. */
  step(): boolean {
    this.#steps += 1;
    return this.#steps % STRIDE === 0 && isHeldLong();
  }
}

/**
 * Runs a generator to its end in slices; each `yield` is a place where it may be interrupted. The caller must await the
 * result at once. If the work ends within its first slice, this returns the value, or throws, synchronously.
 * @param slice the shared slice, where the work is one of several parts
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

/** Returns the items as an array. */
export function* collected<T>(items: Iterable<T>): Generator<void, T[]> {
  const all: T[] = [];
  for (const item of items) {
    all.push(item);
    yield;
  }
  return all;
}
