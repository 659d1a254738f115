import type { Installed, InstalledEntry } from '../backends/backend';
import type { Change } from '../model/change';

/** Prepares the rollback of a change before the change is made. */
export interface ChangeGuard {
  /**
   * @param before the rules that a rollback restores. If the call throws, the edit is rejected with that error and
   * nothing is changed
   */
  arm(before: readonly string[]): Promise<void>;
}

/** Receives what one firewall reads from the kernel and what it changes. */
export interface Observer {
  /** Called when the kernel was read, before anything is repaired. */
  seen(installed: Installed): Generator<void>;
  /** Called when this process has committed a change. */
  committed(change: Change): void;
  /**
   * Plans the change that makes the ruleset whole. If it is absent, the plan repairs only what a crash or another
   * program left incomplete.
   */
  readonly mend?: ((found: readonly InstalledEntry[]) => Generator<void, Change>) | undefined;
  /** Called when damaged rules have been repaired. */
  mended(change: Change): void;
}

/** Announces to watches in other processes the changes that they cannot distinguish from those of other programs. */
export interface Announcer {
  /**
   * Announces that all rules are about to be removed. The function that the promise resolves to is called when the
   * removal is done or has failed.
   * @throws the signal's reason
   */
  emptying(signal?: AbortSignal): Promise<() => void>;
  /** Announces that the remains of some incomplete rules are about to be removed. */
  repairing(change: Change): Promise<void>;
  /** Messages about the watches that did not receive the last announcement. */
  readonly unheard: readonly string[];
}
