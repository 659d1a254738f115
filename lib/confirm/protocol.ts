import type { BackendName } from '../backends/backend';

/** What a guardian is asked, and what it answers. */
export type Question =
  /** A change is about to be made: `before` is what to restore unless it is confirmed within `within` ms. */
  | { readonly do: 'arm'; readonly backend: BackendName; readonly before: readonly string[]; readonly within: number }
  /** The change was made: the time runs. So it does where the one who armed is gone without a word. */
  | { readonly do: 'start' }
  /** The change was not made, or was taken back. */
  | { readonly do: 'abandon' }
  | { readonly do: 'status' }
  /** The change stays. With `id`: only if that is what waits. */
  | { readonly do: 'confirm'; readonly id?: string };

export type Answer =
  | { readonly is: 'done'; readonly id: string }
  | { readonly is: 'refused'; readonly why: string }
  | ({ readonly is: 'status' } & PendingStatus);

/** The rules that a rollback would change, each in one line. */
export interface PendingStatus {
  /** ms until it is rolled back; 0 where that is due. */
  readonly remaining: number;
  /** What the rollback would put back. */
  readonly added: readonly string[];
  /** What it would take away. */
  readonly removed: readonly string[];
  /** Why it has not been possible so far to roll back, or to tell what that would change. */
  readonly failure?: string;
}

/** What a guardian process is told at its start. */
export interface GuardianOptions {
  readonly owner: string;
  readonly backend: BackendName;
  readonly mark?: { readonly value: number; readonly mask: number } | undefined;
  readonly lockTimeout: number;
  /** Whether it was given the descriptor of a network namespace; without, the one that it starts in. */
  readonly hasNamespace: boolean;
}

/** The descriptors that a guardian process is started with, behind those of its standard streams and of its channel. */
export const INHERITED = { directory: 4, namespace: 5 } as const;

/** The first and only message of a guardian process. */
export type Greeting = { readonly ready: true } | { readonly ready: false; readonly why: string };
