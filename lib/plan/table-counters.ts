import { COMMENT_PREFIX } from './chains';
import type { InstalledTables } from './installed';
import { smallNumber } from './small-number';
import { STRIDE } from './strides';

/** What rules have counted: their comments, one a line, and a number for each. */
export interface CountedRules {
  readonly comments: string;
  readonly packets: Float64Array;
}

/** Takes over what was counted by rules that are otherwise known. False where some are not known after all. */
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
      // Jumps have a comment as well, and so may rules of others.
      if (presence === undefined) continue;
      counted += 1;
      const count = smallNumber(packets[index] ?? 0);
      if (presence.packets !== count) presence.packets = count;
    }
  }
}
