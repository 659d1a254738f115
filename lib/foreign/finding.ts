import type { RuleReference } from './packet-filter';
import type { Decision } from './walk';

export type ForeignCode =
  /** Another program's translation or proxy takes the public port before portshift's rules. */
  | 'port-taken'
  /** A rule ends the chain before the public port is redirected. */
  | 'port-skipped'
  /** The public port is exempted from connection tracking, and so from every translation. */
  | 'port-untracked'
  /** Packets are dropped before they are redirected. */
  | 'port-blocked'
  /** Redirected packets are dropped. */
  | 'target-blocked'
  /** A closed target port can be reached directly. */
  | 'target-open'
  /** A rule matches the public port in a place where packets arrive with the target port. */
  | 'filter-ineffective'
  /** The outcome depends on a rule that portshift does not evaluate. */
  | 'undecided'
  /** A socket listens on the public port itself. */
  | 'port-in-use'
  | 'interface-missing'
  | 'interface-enslaved'
  /** The interface has no address to redirect to, and the kernel drops such packets. */
  | 'interface-unnumbered'
  /** A part of the ruleset or of the host could not be read, or was not examined. */
  | 'not-looked-at';

/** A finding about foreign rules, sockets or interfaces that concerns a published port. */
export interface ForeignFinding {
  /**
   * `problem` concerns every client, or all clients that come in one way; `warning` concerns some clients, or possibly
   * concerns them; `note` is for outcomes that could not be decided or examined.
   */
  readonly level: 'problem' | 'warning' | 'note';
  readonly code: ForeignCode;
  readonly text: string;
  readonly remedy?: string;
  /** The name of the published port. */
  readonly name?: string;
  /** The rule or the policy that decides, if there is one. */
  readonly rule?: RuleReference;
}

/** A foreign rule or policy in the way of a published port, and what it does to the packets. */
export interface Obstacle {
  readonly code: ForeignCode;
  readonly by: RuleReference;
  readonly action: string;
  /** The place that connections go to instead. */
  readonly instead?: string;
  /** A rule that may let the connection through nevertheless. */
  readonly unless?: Decision;
  /** True if it is unknown whether the rule matches. */
  readonly isDoubtful: boolean;
  /** A rule that accepts the public port, while the target port is dropped. */
  readonly accepts?: RuleReference;
  readonly undecoded?: readonly string[];
}
