import type { ForeignCode } from '../foreign/finding';
import type { RuleReference } from '../foreign/packet-filter';

/** One finding of `portshift doctor`. */
export interface Finding {
  /** `fine` and `note` ask for nothing; a `warning` may explain trouble, a `problem` is trouble. */
  readonly level: 'fine' | 'note' | 'warning' | 'problem';
  readonly topic: 'kernel' | 'backend' | 'unseen' | 'copy' | 'coexistence' | 'foreign' | 'server';
  /** Of a `foreign` one. */
  readonly code?: ForeignCode;
  readonly text: string;
  /** What to do about it. */
  readonly remedy?: string;
  /** The published port's that it is about. */
  readonly name?: string;
  /** The rule, or policy, that it is about. */
  readonly rule?: RuleReference;
}
