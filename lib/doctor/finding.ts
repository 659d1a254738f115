import type { ForeignCode } from '../foreign/finding';
import type { RuleReference } from '../foreign/packet-filter';

/** One finding of `portshift doctor`. */
export interface Finding {
  /** `fine` and `note` need no action; a `warning` may explain a fault, a `problem` is one. */
  readonly level: 'fine' | 'note' | 'warning' | 'problem';
  readonly topic: 'kernel' | 'backend' | 'unseen' | 'copy' | 'coexistence' | 'foreign' | 'server';
  /** The code of a `foreign` finding. */
  readonly code?: ForeignCode;
  readonly text: string;
  /** The remedy, if there is one. */
  readonly remedy?: string;
  /** The name of the published port that the finding is about. */
  readonly name?: string;
  /** The rule or policy that the finding is about. */
  readonly rule?: RuleReference;
}
