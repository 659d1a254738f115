import type { Firewall } from '../api/firewall';
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
import type { Warning } from '../foreign/warnings';
import { print, remark } from './output';

/** Prints a remark for each copy, with the command that removes it. */
export function remarkCopies(copies: readonly Copy[], { owner, backend }: Firewall): void {
  for (const copy of copies) {
    remark(`warning: ${describeCopy(copy, owner, backend)}`);
    for (const why of copy.stays) remark(`  ${why}`);
    remark(`  -> ${copy.rules.length > 0 ? remedyOf(copy, owner, backend) : byHand(copy)}`);
  }
}

/** Returns the remedy for chains that `clear --copies` leaves in place because they may be of others. */
function byHand({ tables, chains }: Copy): string {
  const listings = tables.map((table) => `nft list table ${table}`).join('; ');
  return `look at ${chains.join(', ')} (${listings}), and delete them by hand if nobody uses them`;
}

/** Reads warnings and copies after a change. A failure to read them does not fail the change that was made. */
export async function lookAround(
  firewall: Firewall,
  name: string,
): Promise<{ readonly warnings: readonly Warning[]; readonly copies: readonly Copy[] }> {
  const [warnings, copies] = await Promise.all([
    firewall.warnings({ names: [name] }).catch((): Warning[] => []),
    firewall.copies().catch((): Copy[] => []),
  ]);
  return { warnings, copies };
}

interface Told {
  readonly firewall: Firewall;
  readonly json: boolean;
}

/** Looks for copies after a change, and prints remarks on them. */
export async function copiesAfterChange(
  told: Told,
  before?: PortsOfPublished,
): Promise<{ readonly copies?: readonly Copy[] }> {
  return remarkAfterChange(told, await told.firewall.copies().catch((): Copy[] => []), before);
}

/**
 * Prints remarks on copies. The first ones are about ports that a published port had before and a copy still serves.
 */
export function remarkAfterChange(
  { firewall, json }: Told,
  copies: readonly Copy[],
  before?: PortsOfPublished,
): { readonly copies?: readonly Copy[] } {
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
