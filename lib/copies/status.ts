import { checkSignal } from '../abort';
import { checkBoolean, checkObject } from '../rules/fields';
import type { PublishedStatus } from '../status';
import { type Copy, copiesOf, describeServed } from './copy';

/** For `status()`. */
export interface StatusOptions {
  /** Also look for copies that serve these ports, which reads everybody's rules. Default false. */
  readonly copies?: boolean;
  /** Ends the waiting. */
  readonly signal?: AbortSignal;
}

export function checkStatusOptions(options: unknown): { copies: boolean; signal: AbortSignal | undefined } {
  const { copies, signal } = checkObject('status', options, ['copies', 'signal']);
  return { copies: checkBoolean('copies', copies, false), signal: checkSignal(signal) };
}

/** The published ports, those whose ports a copy redirects or closes with a line for each of its rules. */
export function withCopies(published: readonly PublishedStatus[], copies: readonly Copy[]): PublishedStatus[] {
  return published.map((one) => {
    const served = copiesOf(copies, one);
    if (served.length === 0) return one;
    return { ...one, copies: [...new Set(served.map(describeServed))] };
  });
}
