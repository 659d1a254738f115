import type { BackendName, Protocol, PublishOptions } from '../../lib';

/** What a changer process is told, one line of JSON each. */
export type ChangeRequest =
  | { readonly change: 'publish'; readonly options: PublishOptions }
  | { readonly change: 'move' | 'retarget'; readonly name: string; readonly to: number }
  | { readonly change: 'withdraw'; readonly name: string };

/** What it answers, a line each as well; the first one without being asked, when its firewall is open. */
export interface ChangeResponse {
  readonly error?: { readonly code: string; readonly message: string; readonly installed?: readonly string[] };
}

/** The argument of a churn process, as JSON. */
export interface ChurnOptions {
  readonly backend: BackendName;
  readonly index: number;
  readonly ms: number;
  /** The name of a published port that all the processes move. */
  readonly shared: string;
}

/** A published port as a process was told that it is. */
export interface Told {
  readonly name: string;
  readonly protocol: Protocol;
  readonly port: number;
  readonly targetPort: number;
}

/** What it prints in the end. */
export interface ChurnReport {
  published: Told[];
  /** Where it has moved the shared one last. */
  shared?: number;
  changes: number;
  /** Ports that another process had. */
  conflicts: number;
  /** Changes that were given up because the others had changed something again and again. */
  starved: number;
  failures: string[];
}
