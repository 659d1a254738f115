import { ANSWER_PREFIX, COMMENT_PREFIX, chainPrefix, MARK_PREFIX, PortTree, trackingChain } from '../backends/iptc';
import type { SearchedRule, SearchedTable, TableFamily } from './searched';

/** The part of a copy that is in one table: chains with the names of the owner's chains, and the jumps to them. */
export interface CopiedChains {
  readonly family: TableFamily;
  readonly table: string;
  /** The owner's chains to delete, in an order in which they can be deleted once `deletedRules` are gone. */
  readonly deletedChains: readonly string[];
  /** The owner's rules to delete, jumps included. */
  readonly deletedRules: readonly SearchedRule[];
  /** The owner's chains that packets reach. */
  readonly chains: readonly string[];
  /**
   * The texts of the entries that the rules in these chains belong to, as `entryKey` or another version writes them.
   */
  readonly texts: readonly string[];
  /**
   * True if packets reach chains of the owner whose rules have no comments, as after a restored listing of nft, which
   * omits the comments of iptables-nft.
   */
  readonly isUnsigned: boolean;
  /** Messages about what stays although it is in the owner's chains or refers to them, with the reasons. */
  readonly stays: readonly string[];
}

/**
 * Matches the text of an entry in any version's format. Its options may be such that only that version can parse them.
 */
const OF_AN_ENTRY = /^(?:redirect|loopback|markDrop) (?:tcp|udp) [0-9]+(?:-[0-9]+)?(?:>[0-9]+)?(?: |$)/;

/** Comments of the owner's rules that are part of no entry. `drop` is an earlier version's. */
const HELPERS: readonly string[] = ['guard', 'keep', 'drop'];

/** The owner's chains that no rule jumps to, besides the one for connection tracking. */
const SIDES: readonly string[] = ['added', 'removed'];

/** Recognizes the names of one owner's chains in tables with iptables' layout. */
export class OwnNames {
  readonly #tree: PortTree;

  constructor(readonly owner: string) {
    this.#tree = new PortTree(owner);
  }

  has(chain: string): boolean {
    if (!chain.startsWith(chainPrefix(this.owner))) return false;
    if (this.#tree.find(chain) !== undefined || chain === trackingChain(this.owner)) return true;
    return SIDES.includes(chain.slice(chainPrefix(this.owner).length));
  }
}

/**
 * Returns the owner's part of a table; undefined if there is none. A rule belongs to the owner by its comment and its
 * chain together, a jump by its comment and its target, because another program may use the same comment.
 */
export function copiedChains(searched: SearchedTable, names: OwnNames): CopiedChains | undefined {
  const own = searched.chains.filter((chain) => names.has(chain));
  if (own.length === 0) return undefined;
  const search = new Search(searched, own);
  return search.result();
}

class Search {
  readonly #own: ReadonlySet<string>;
  readonly #jumps: SearchedRule[] = [];
  readonly #rules: SearchedRule[] = [];
  /** The owner's chains that hold a rule without a comment. */
  readonly #unsigned = new Set<string>();
  /** The owner's chains that hold a rule with the owner's comment, or that a jump with that comment refers to. */
  readonly #signed = new Set<string>();
  /** The chains that cannot be deleted, with the reasons. */
  readonly #kept = new Map<string, string>();

  constructor(
    readonly searched: SearchedTable,
    own: readonly string[],
  ) {
    this.#own = new Set(own);
    for (const rule of searched.rules) this.#sort(rule);
    for (const chain of searched.mapped) this.#keep(chain, 'a verdict map of others refers to it');
    this.#keepWhatLeadsTo();
  }

  result(): CopiedChains {
    const { family, table } = this.searched;
    const own = [...this.#own];
    const reached = this.#reached();
    const isDeleted = ({ jump }: SearchedRule) => !this.#kept.has(jump);
    return {
      family,
      table,
      chains: own.filter((chain) => reached.has(chain)),
      deletedChains: own.filter((chain) => this.#signed.has(chain) && !this.#kept.has(chain)),
      deletedRules: [...this.#jumps.filter(isDeleted), ...this.#rules],
      texts: this.#rules.flatMap(({ chain, comment }) => (reached.has(chain) ? textsIn(comment) : [])),
      isUnsigned: this.searched.rules.some(({ jump, comment }) => comment === '' && this.#unsigned.has(jump)),
      stays: [...this.#kept].map(([chain, why]) => `${family} ${table} ${chain} stays: ${why}`),
    };
  }

  #sort(rule: SearchedRule): void {
    const isInside = this.#own.has(rule.chain);
    const isJump = this.#own.has(rule.jump);
    if (isJump && rule.comment === COMMENT_PREFIX) {
      this.#jumps.push(rule);
      this.#signed.add(rule.jump);
    } else if (isInside && !isJump && isOwnComment(rule.comment)) {
      this.#rules.push(rule);
      this.#signed.add(rule.chain);
    } else {
      const without = rule.comment === '' ? ' without a comment' : '';
      if (isInside && rule.comment === '') this.#unsigned.add(rule.chain);
      if (isInside) this.#keep(rule.chain, `it holds a rule${without} that may be of others`);
      if (isJump) this.#keep(rule.jump, `a rule${without} that may be of others jumps to it`);
    }
  }

  #keep(chain: string, why: string): void {
    if (this.#own.has(chain) && !this.#kept.has(chain)) this.#kept.set(chain, why);
  }

  /** Keeps every chain that jumps to a chain that stays, so that the latter is reached as before. */
  #keepWhatLeadsTo(): void {
    for (let before = -1; before !== this.#kept.size; ) {
      before = this.#kept.size;
      for (const { chain, jump } of this.#jumps) if (this.#kept.has(jump)) this.#keep(chain, `${jump} is behind it`);
    }
  }

  /** Returns the owner's chains that packets reach from chains of the kernel or of others. */
  #reached(): ReadonlySet<string> {
    const reached = new Set<string>(this.searched.mapped.filter((chain) => this.#own.has(chain)));
    for (let before = -1; before !== reached.size; ) {
      before = reached.size;
      for (const { chain, jump } of this.searched.rules) {
        if (this.#own.has(jump) && (reached.has(chain) || !this.#own.has(chain))) reached.add(jump);
      }
    }
    return reached;
  }
}

function isOwnComment(comment: string): boolean {
  const text = textIn(comment);
  return text !== undefined && (HELPERS.includes(text) || OF_AN_ENTRY.test(text));
}

function textsIn(comment: string): string[] {
  const text = textIn(comment);
  return text === undefined || HELPERS.includes(text) ? [] : [text];
}

/** Returns the text after the prefix that begins the comments of the owner's rules. */
function textIn(comment: string): string | undefined {
  if (!comment.startsWith(`${COMMENT_PREFIX} `)) return undefined;
  const text = comment.slice(COMMENT_PREFIX.length + 1);
  const prefix = [MARK_PREFIX, ANSWER_PREFIX].find((one) => text.startsWith(one)) ?? '';
  return text.slice(prefix.length);
}
