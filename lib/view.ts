import type { Backend, Installed, InstalledEntry } from './backends/backend';
import type { Observer } from './bystanders';
import { FirewallError } from './errors';
import { type Change, UNCHANGED } from './plan/change';
import { repair } from './plan/repair';
import type { Ruleset } from './plan/ruleset';
import { entryKey } from './rules/entry';

/** What a caller makes of what is installed. */
export type View<T> = (installed: Installed) => Generator<void, T>;

/** For who needs no more than that the kernel is read. */
export function* nothing(): Generator<void, void> {}

/** Whether the kernel holds exactly what the ruleset does. */
export function* isAsIn(ruleset: Ruleset, { damage, entries }: Installed): Generator<void, boolean> {
  let count = 0;
  for (const { entry, state } of entries) {
    if (state !== 'whole' || !ruleset.has(entry)) return false;
    count += 1;
    yield;
  }
  return damage.length === 0 && count === ruleset.size;
}

/** What makes whole what was found in pieces. */
export function* mendingOf(
  { isWhole }: Installed,
  found: readonly InstalledEntry[],
  observer: Observer | undefined,
): Generator<void, Change> {
  if (observer?.mend !== undefined) return yield* observer.mend(found);
  return isWhole ? UNCHANGED : yield* repair(found);
}

/** The error; where it left the kernel with neither what was nor what was wanted, with what is installed now. */
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
