/** The answer to whether something holds for a packet of which not everything is known. */
export type Truth = 'yes' | 'no' | 'unknown';

/** The answer of a match; `undecoded` where portshift does not know the match. */
export type MatchTruth = Truth | 'undecoded';

export function truthOf(holds: boolean): Truth {
  return holds ? 'yes' : 'no';
}

export function not(truth: Truth): Truth {
  if (truth === 'unknown') return truth;
  return truth === 'yes' ? 'no' : 'yes';
}

/** The negation of the truth where `invert` is true. */
export function inverted(truth: Truth, invert: boolean | undefined): Truth {
  return invert === true ? not(truth) : truth;
}

/** Whether both hold. */
export function both(one: Truth, other: Truth): Truth {
  if (one === 'no' || other === 'no') return 'no';
  return one === 'unknown' || other === 'unknown' ? 'unknown' : 'yes';
}

/** Whether all of them hold. */
export function all(truths: readonly Truth[]): Truth {
  return truths.reduce(both, 'yes');
}

/** Whether it holds for whichever of the candidates is the real one; unknown where there are none. */
export function forEach<T>(candidates: readonly T[], holds: (candidate: T) => Truth): Truth {
  let found: Truth | undefined;
  for (const candidate of candidates) {
    const truth = holds(candidate);
    if (truth === 'unknown' || (found !== undefined && found !== truth)) return 'unknown';
    found = truth;
  }
  return found ?? 'unknown';
}

/** Whether a number is in a span. */
export function within(port: number, [first, last]: readonly [first: number, last: number]): boolean {
  return first <= port && port <= last;
}
