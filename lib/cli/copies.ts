import {
  type Copy,
  copiesOf,
  describeCopy,
  describeStill,
  type PortsOfPublished,
  placeOf,
  remedyOf,
} from '../copies/copy';
import type { ClearedCopies } from '../copies/reader';
import type { Firewall } from '../firewall';
import { print, remark } from './output';

/** A remark for each place that holds copies, with the command that removes them. */
export function remarkCopies(copies: readonly Copy[], { owner, backend }: Firewall): void {
  for (const copy of copies) {
    remark(`warning: ${describeCopy(copy, owner, backend)}`);
    for (const why of copy.stays) remark(`  ${why}`);
    remark(`  -> ${copy.rules.length > 0 ? remedyOf(copy, owner, backend) : byHand(copy)}`);
  }
}

/** `clear --copies` leaves alone what may be of others. */
function byHand({ tables, chains }: Copy): string {
  const listings = tables.map((table) => `nft list table ${table}`).join('; ');
  return `look at ${chains.join(', ')} (${listings}), and delete them by hand if nobody uses them`;
}

/**
 * Looks for copies after a change, and remarks on them; the ports that a published port had before, and a copy still serves, come first.
 * A change that was made is not a failure for what is found afterwards.
 */
export async function copiesAfterChange(
  { firewall, json }: { readonly firewall: Firewall; readonly json: boolean },
  before?: PortsOfPublished,
): Promise<{ readonly copies?: readonly Copy[] }> {
  const copies = await firewall.copies().catch((): Copy[] => []);
  if (copies.length === 0) return {};
  if (json) return { copies };
  const still = before === undefined ? [] : copiesOf(copies, before);
  for (const text of new Set(still.map(describeStill))) remark(`warning: ${text}`);
  remarkCopies(copies, firewall);
  return {};
}

export function printCleared({ removed, left }: ClearedCopies, firewall: Firewall): void {
  const lines = removed.flatMap((copy) => [`in ${placeOf(copy)}:`, ...copy.rules.map(({ text }) => `- ${text}`)]);
  print(...(lines.length === 0 ? ['nothing to change'] : lines));
  for (const { stays } of removed) for (const why of stays) remark(why);
  remarkCopies(left, firewall);
}
