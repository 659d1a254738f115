import type { BackendName } from '../backends/backend';

/** The questions to a guardian. */
export type Question =
  /** A change is about to be made. `before` are the rules to restore if it is not confirmed within `within` ms. */
  | { readonly do: 'arm'; readonly backend: BackendName; readonly before: readonly string[]; readonly within: number }
  /**
   * The change was made, and its time starts. The time also starts if the connection ends without a further message.
   */
  | { readonly do: 'start' }
  /** The change was not made, or was undone. */
  | { readonly do: 'abandon' }
  | { readonly do: 'status' }
  /** The change stays. If `id` is given, only the change with that id does. */
  | { readonly do: 'confirm'; readonly id?: string };

export type Answer =
  | { readonly is: 'done'; readonly id: string }
  | { readonly is: 'refused'; readonly why: string }
  | ({ readonly is: 'status' } & PendingStatus);

/** The time until the rollback, and the rules that it would change, one line each. */
export interface PendingStatus {
  /** The time until the rollback in ms; 0 if it is due. */
  readonly remaining: number;
  /** The rules that the rollback would add. */
  readonly added: readonly string[];
  /** The rules that the rollback would remove. */
  readonly removed: readonly string[];
  /** The reason why the rollback, or the computation of its changes, has failed so far. */
  readonly failure?: string;
}

/** The options that a guardian process receives at its start. */
export interface GuardianOptions {
  readonly owner: string;
  readonly backend: BackendName;
  readonly mark?: { readonly value: number; readonly mask: number } | undefined;
  readonly lockTimeout: number;
  /**
   * True if the process inherits the descriptor of a network namespace; otherwise it uses the namespace it starts in.
   */
  readonly hasNamespace: boolean;
}

/** The descriptors that a guardian process inherits, after its standard streams and its IPC channel. */
export const INHERITED = { directory: 4, namespace: 5 } as const;

/** The first and only message that a guardian process sends over its IPC channel. */
export type Greeting = { readonly ready: true } | { readonly ready: false; readonly why: string };
