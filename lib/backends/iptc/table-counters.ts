import { smallNumber } from '../../util/small-number';
import { STRIDE } from '../../util/strides';
import { COMMENT_PREFIX } from './chains';
import type { InstalledTables } from './installed';

/** The counters of rules: the comments of the rules, one a line, and a number of packets for each. */
export interface CountedRules {
  readonly comments: string;
  readonly packets: Float64Array;
}

/**
 * Updates the counters of the installed entries. Returns false if the counted rules that belong to entries are not as
 * many as the entries, so that the tables must be read again.
 */
export function* recount(
  installed: InstalledTables,
  pageAt: (page: number) => CountedRules | undefined,
): Generator<void, boolean> {
  let counted = 0;
  for (let number = 0; ; number += 1) {
    const page = pageAt(number);
    if (page === undefined) return counted === installed.entries.size;
    const { comments, packets } = page;
    let end = -1;
    for (let index = 0; index < packets.length; index += 1) {
      if (index % STRIDE === 0) yield;
      const start = end + 1;
      end = comments.indexOf('\n', start);
      const presence = installed.withKey(comments.slice(start + COMMENT_PREFIX.length + 1, end < 0 ? undefined : end));
      // Jumps have a comment as well, and so may foreign rules.
      if (presence === undefined) continue;
      counted += 1;
      const count = smallNumber(packets[index] ?? 0);
      if (presence.packets !== count) presence.packets = count;
    }
  }
}
