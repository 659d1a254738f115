import { type Change, compose, extentOf } from './change';

/** A point in the journal. The changes after it are available as long as its list is referenced, and no longer. */
export interface JournalPoint {
  readonly list: JournalList;
  /** The index of the change that was recorded there. */
  readonly index: number;
}

/** The changes on one page. */
export interface JournalList {
  readonly changes: Change[];
  readonly page: JournalPage;
}

/** A number of changes that are combined into one for every holder of an earlier point. */
interface JournalPage {
  /** The sum of all changes on the page, once it is full of small changes. */
  whole: Change | undefined;
  list: JournalList | undefined;
  /** The number of entries in its changes. */
  entries: number;
  next: JournalPage | undefined;
}

/**
 * The number of changes on a page: few enough to be combined at once, and so many that an old point keeps little in
 * memory.
 */
const PAGE = 256;

/**
 * The number of entries up to which a full page is combined at once. The changes of a page with more entries stay apart
 * until they are requested.
 */
const FEW = 8 * PAGE;

/** The changes of one owner's ruleset, in the order in which this process recorded them. */
export class Journal {
  #list = newList();

  record(change: Change): JournalPoint {
    if (this.#list.changes.length === PAGE) this.#turnPage();
    const list = this.#list;
    list.changes.push(change);
    list.page.entries += extentOf(change);
    return { list, index: list.changes.length - 1 };
  }

  /** Returns everything after the point as one change. */
  since({ list, index }: JournalPoint): Change {
    const changes = list.changes.slice(index + 1);
    for (let page = list.page.next; page !== undefined; page = page.next) {
      if (page.whole !== undefined) changes.push(page.whole);
      else if (page.list !== undefined) changes.push(...page.list.changes);
    }
    return compose(changes);
  }

  #turnPage(): void {
    const { changes, page } = this.#list;
    if (page.entries <= FEW) {
      page.whole = compose(changes);
      page.list = undefined;
    }
    this.#list = newList();
    page.next = this.#list.page;
  }
}

function newList(): JournalList {
  const page: JournalPage = { whole: undefined, list: undefined, entries: 0, next: undefined };
  page.list = { changes: [], page };
  return page.list;
}
