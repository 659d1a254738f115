import { checkSignal } from '../abort';
import { checkBoolean, checkObject } from '../rules/fields';
import type { PublishedStatus } from '../status';
import { type Copy, copiesOf, describeServed } from './copy';

/** The options of `status()`. */
export interface StatusOptions {
  /** If true, also looks for copies that serve these ports, which reads the rules of all programs. Default false. */
  readonly copies?: boolean;
  /** Ends the wait. */
  readonly signal?: AbortSignal;
}

export function checkStatusOptions(options: unknown): { copies: boolean; signal: AbortSignal | undefined } {
  const { copies, signal } = checkObject('status', options, ['copies', 'signal']);
  return { copies: checkBoolean('copies', copies, false), signal: checkSignal(signal) };
}

/** Returns the published ports. Those whose ports a copy redirects or closes have a line for each of its rules. */
export function withCopies(published: readonly PublishedStatus[], copies: readonly Copy[]): PublishedStatus[] {
  return published.map((one) => {
    const served = copiesOf(copies, one);
    if (served.length === 0) return one;
    return { ...one, copies: [...new Set(served.map(describeServed))] };
  });
}
