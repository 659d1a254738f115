/** The answer to whether a condition holds for a packet that is only partly known. */
export type Truth = 'yes' | 'no' | 'unknown';

/** The answer of a match, or `undecoded` if portshift does not decode the match. */
export type MatchTruth = Truth | 'undecoded';

export function truthOf(holds: boolean): Truth {
  return holds ? 'yes' : 'no';
}

export function not(truth: Truth): Truth {
  if (truth === 'unknown') return truth;
  return truth === 'yes' ? 'no' : 'yes';
}

/** Returns the negation of the truth if `invert` is true, and the truth itself otherwise. */
export function inverted(truth: Truth, invert: boolean | undefined): Truth {
  return invert === true ? not(truth) : truth;
}

/** Returns `yes` if both hold, `no` if one does not hold, and `unknown` otherwise. */
export function both(one: Truth, other: Truth): Truth {
  if (one === 'no' || other === 'no') return 'no';
  return one === 'unknown' || other === 'unknown' ? 'unknown' : 'yes';
}

/** Returns `yes` if all hold, `no` if one does not hold, and `unknown` otherwise. */
export function all(truths: readonly Truth[]): Truth {
  return truths.reduce(both, 'yes');
}

/**
 * Returns the answer that is the same for all candidates, or `unknown` if the answers differ or there is no candidate.
 */
export function forEach<T>(candidates: readonly T[], holds: (candidate: T) => Truth): Truth {
  let found: Truth | undefined;
  for (const candidate of candidates) {
    const truth = holds(candidate);
    if (truth === 'unknown' || (found !== undefined && found !== truth)) return 'unknown';
    found = truth;
  }
  return found ?? 'unknown';
}

/** Returns true if a port is in a span. */
export function within(port: number, [first, last]: readonly [first: number, last: number]): boolean {
  return first <= port && port <= last;
}
