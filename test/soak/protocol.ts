import type { PublishOptions } from '../../lib';

/** What a changer process is told, one line of JSON each. */
export type ChangeRequest =
  | { readonly change: 'publish'; readonly options: PublishOptions }
  | { readonly change: 'move' | 'retarget'; readonly name: string; readonly to: number }
  | { readonly change: 'withdraw'; readonly name: string };

/** What it answers, a line each as well; the first one without being asked, when its firewall is open. */
export interface ChangeResponse {
  readonly error?: { readonly code: string; readonly message: string; readonly installed?: readonly string[] };
}
