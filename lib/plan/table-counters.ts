import { COMMENT_PREFIX } from './chains';
import type { InstalledTables } from './installed';

/** What rules have counted: their comments, one a line, and a number for each. */
export interface CountedRules {
  readonly comments: string;
  readonly packets: Float64Array;
}

/** Takes over what was counted by rules that are otherwise known. False where some are not known after all. */
export function* recount(
  { entries }: InstalledTables,
  pageAt: (page: number) => CountedRules | undefined,
): Generator<void, boolean> {
  const from = COMMENT_PREFIX.length + 1;
  let counted = 0;
  for (let number = 0; ; number += 1) {
    const page = pageAt(number);
    if (page === undefined) return counted === entries.size;
    let index = 0;
    for (const comment of page.comments.split('\n')) {
      yield;
      const presence = entries.get(comment.slice(from));
      const packets = page.packets[index] ?? 0;
      index += 1;
      // Jumps have a comment as well, and so may rules of others.
      if (presence === undefined) continue;
      counted += 1;
      if (presence.packets !== packets) presence.packets = packets;
    }
  }
}
