import type { RuleReference } from './packet-filter';
import type { Decision } from './walk';

export type ForeignCode =
  /** Another program's translation or proxy has the public port first. */
  | 'port-taken'
  /** Something ends the chain before the public port is redirected. */
  | 'port-skipped'
  /** Connection tracking leaves the public port alone, and so does every translation. */
  | 'port-untracked'
  /** It is dropped before it is redirected. */
  | 'port-blocked'
  /** What is redirected is dropped. */
  | 'target-blocked'
  /** A closed target port is reached directly. */
  | 'target-open'
  /** A rule means the public port where the target port arrives. */
  | 'filter-ineffective'
  /** What becomes of it depends on something that portshift does not evaluate. */
  | 'undecided'
  /** Something listens on the public port itself. */
  | 'port-in-use'
  | 'interface-missing'
  | 'interface-enslaved'
  /** The kernel drops what a redirect finds no address for at the interface that it came in by. */
  | 'interface-unnumbered'
  /** A part of what decides could not be read, or was not looked at. */
  | 'not-looked-at';

/** Something of others that concerns a published port. */
export interface ForeignFinding {
  /** `problem`: it is so for every client, or for all that come in one way; `warning`: for some, or maybe. */
  readonly level: 'problem' | 'warning' | 'note';
  readonly code: ForeignCode;
  readonly text: string;
  readonly remedy?: string;
  /** The published port's. */
  readonly name?: string;
  /** What decides, where it is a rule or a policy. */
  readonly rule?: RuleReference;
}

/** What decides about a packet, and what is said of it. */
export interface Obstacle {
  readonly code: ForeignCode;
  readonly by: RuleReference;
  readonly action: string;
  /** Where connections go instead. */
  readonly instead?: string;
  /** The rule that may let it through all the same. */
  readonly unless?: Decision;
  /** It cannot be told whether the rule matches. */
  readonly isDoubtful: boolean;
  /** A rule that accepts the public port, where the target port is dropped. */
  readonly accepts?: RuleReference;
  readonly undecoded?: readonly string[];
}
