import { type Change, compose, extentOf } from './change';

/** A place in the journal. As long as somebody holds it, what came after it can be told; no longer. */
export interface JournalPoint {
  readonly change: Change;
  readonly page: JournalPage;
  /** On the same page. */
  next: JournalPoint | undefined;
}

/** So many changes that are told as one to whoever holds a point before them. */
interface JournalPage {
  /** All of it as one, once it is full of small changes. */
  whole: Change | undefined;
  first: JournalPoint | undefined;
  size: number;
  /** How many entries its changes are of. */
  entries: number;
  next: JournalPage | undefined;
}

/** Changes on a page: few enough to be put together at once, so many that whoever holds an old point holds little. */
const PAGE = 256;

/** Entries on a page that can be put together at once; more of them stay apart until they are asked for. */
const FEW = 8 * PAGE;

/** The changes of one owner's ruleset in the order in which this process learnt of them. */
export class Journal {
  #page: JournalPage = newPage();
  #last: JournalPoint | undefined;

  record(change: Change): JournalPoint {
    if (this.#page.size === PAGE) this.#turnPage();
    const page = this.#page;
    const point: JournalPoint = { change, page, next: undefined };
    if (this.#last === undefined) page.first = point;
    else this.#last.next = point;
    this.#last = point;
    page.size += 1;
    page.entries += extentOf(change);
    return point;
  }

  /** Everything after the point, as one change. */
  since(point: JournalPoint): Change {
    const changes = changesFrom(point.next);
    for (let page = point.page.next; page !== undefined; page = page.next) {
      if (page.whole === undefined) changes.push(...changesFrom(page.first));
      else changes.push(page.whole);
    }
    return compose(changes);
  }

  #turnPage(): void {
    const page = this.#page;
    if (page.entries <= FEW) {
      page.whole = compose(changesFrom(page.first));
      page.first = undefined;
    }
    this.#page = newPage();
    page.next = this.#page;
    this.#last = undefined;
  }
}

function newPage(): JournalPage {
  return { whole: undefined, first: undefined, size: 0, entries: 0, next: undefined };
}

function changesFrom(first: JournalPoint | undefined): Change[] {
  const changes: Change[] = [];
  for (let point = first; point !== undefined; point = point.next) changes.push(point.change);
  return changes;
}
