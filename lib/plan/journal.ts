import { type Change, compose } from './change';

/** A place in the journal. As long as somebody holds it, what came after it can be told; no longer. */
export interface JournalPoint {
  readonly change: Change;
  next: JournalPoint | undefined;
}

/** The changes of one owner's ruleset in the order in which this process learnt of them. */
export class Journal {
  #last: JournalPoint = { change: { added: [], removed: [] }, next: undefined };

  record(change: Change): JournalPoint {
    const point: JournalPoint = { change, next: undefined };
    this.#last.next = point;
    this.#last = point;
    return point;
  }

  /** Everything after the point, as one change. */
  since(point: JournalPoint): Change {
    const changes: Change[] = [];
    for (let one = point.next; one !== undefined; one = one.next) changes.push(one.change);
    return compose(changes);
  }
}
