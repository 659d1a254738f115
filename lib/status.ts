import type { InstalledEntry } from './backends/backend';
import { countersOf, type PublishedCounters } from './published-port';
import { type Publication, publicationOf } from './rules/publication';

/** A published port as it is installed, with what the kernel counted. */
export interface PublishedStatus extends Publication, PublishedCounters {}

export function statusOf(entries: readonly InstalledEntry[]): PublishedStatus[] {
  const groups = new Map<string, InstalledEntry[]>();
  for (const installed of entries) {
    const { name } = installed.entry;
    if (name === undefined) continue;
    const group = groups.get(name);
    if (group === undefined) groups.set(name, [installed]);
    else group.push(installed);
  }
  return [...groups.values()].flatMap((group) => {
    const publication = group.map(({ entry }) => publicationOf(entry)).find((one) => one !== undefined);
    return publication === undefined ? [] : [{ ...publication, ...countersOf(group) }];
  });
}
