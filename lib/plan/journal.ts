import { type Change, compose, extentOf } from './change';

/** A place in the journal. As long as somebody holds its list, what came after it can be told; no longer. */
export interface JournalPoint {
  readonly list: JournalList;
  /** Of the change that was recorded there. */
  readonly index: number;
}

/** The changes on one page. */
export interface JournalList {
  readonly changes: Change[];
  readonly page: JournalPage;
}

/** So many changes that are told as one to whoever holds a point before them. */
interface JournalPage {
  /** All of it as one, once it is full of small changes. */
  whole: Change | undefined;
  list: JournalList | undefined;
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
  #list = newList();

  record(change: Change): JournalPoint {
    if (this.#list.changes.length === PAGE) this.#turnPage();
    const list = this.#list;
    list.changes.push(change);
    list.page.entries += extentOf(change);
    return { list, index: list.changes.length - 1 };
  }

  /** Everything after the point, as one change. */
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
