import type { Backend, Installed, InstalledEntry } from '../backends/backend';
import { type Change, UNCHANGED } from '../model/change';
import { entryKey } from '../model/entry';
import { repair } from '../model/repair';
import type { Ruleset } from '../model/ruleset';
import { FirewallError } from '../util/errors';
import type { Observer } from './bystanders';

/** Computes a result from what is installed. */
export type View<T> = (installed: Installed) => Generator<void, T>;

/** The view of a caller that only needs the kernel to be read. */
export function* nothing(): Generator<void, void> {}

/** Returns true if the kernel holds exactly what the ruleset holds. */
export function* isAsIn(ruleset: Ruleset, { damage, entries }: Installed): Generator<void, boolean> {
  let count = 0;
  for (const { entry, state } of entries) {
    if (state !== 'whole' || !ruleset.has(entry)) return false;
    count += 1;
    yield;
  }
  return damage.length === 0 && count === ruleset.size;
}

/** Plans the change that completes or removes what was found incomplete. */
export function* mendingOf(
  { isWhole }: Installed,
  found: readonly InstalledEntry[],
  observer: Observer | undefined,
): Generator<void, Change> {
  if (observer?.mend !== undefined) return yield* observer.mend(found);
  return isWhole ? UNCHANGED : yield* repair(found);
}

/**
 * Returns the error. If it left the kernel with neither the old nor the new rules, the returned error also lists what
 * is installed now.
 */
export async function withWhatIsInstalled(error: unknown, backend: Backend): Promise<unknown> {
  if (!(error instanceof FirewallError) || error.installed === undefined) return error;
  const installed = await backend.read().then(
    ({ entries }) =>
      Array.from(entries, ({ entry, state }) => (state === 'whole' ? entryKey(entry) : `${entryKey(entry)} (in part)`)),
    (cause: unknown) => [`unknown: ${cause instanceof Error ? cause.message : String(cause)}`],
  );
  const { code, message, name: _name, ...details } = error;
  return new FirewallError(code, `${message}; installed now: ${installed.join('; ') || 'nothing'}`, {
    ...details,
    installed,
    cause: error.cause,
  });
}
