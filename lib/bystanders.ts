import type { Installed, InstalledEntry } from './backends/backend';
import type { Change } from './plan/change';

/** Who stands by to take a change back. */
export interface ChangeGuard {
  /** @param before the rules to restore. What it throws, the edit is rejected with, and nothing is changed */
  arm(before: readonly string[]): Promise<void>;
}

/** Who keeps an eye on the rules. */
export interface Observer {
  /** The kernel was read; nothing has been repaired yet. */
  seen(installed: Installed): Generator<void>;
  /** This process has made a change of its own. */
  committed(change: Change): void;
  /** What makes the ruleset whole; absent: what a crash calls for. */
  readonly mend?: ((found: readonly InstalledEntry[]) => Generator<void, Change>) | undefined;
  /** What was found to be damaged was put right. */
  mended(change: Change): void;
}

/** Tells the observers of other processes what they could not tell from the work of a foreign hand. */
export interface Announcer {
  /**
   * Everything is about to be taken away; what it answers is called when that is done, or has failed.
   * @throws the signal's reason
   */
  emptying(signal?: AbortSignal): Promise<() => void>;
  /** Only pieces are left of some rules, which are about to be taken away. */
  repairing(change: Change): Promise<void>;
  /** Watches that did not learn of the last announcement, in words. */
  readonly unheard: readonly string[];
}
