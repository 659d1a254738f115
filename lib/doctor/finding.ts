/** One thing `portshift doctor` has to say. */
export interface Finding {
  /** `fine` and `note` ask for nothing; a `warning` may explain trouble, a `problem` is trouble. */
  readonly level: 'fine' | 'note' | 'warning' | 'problem';
  readonly topic: 'kernel' | 'backend' | 'unseen' | 'copy' | 'coexistence' | 'filter' | 'server';
  readonly text: string;
  /** What to do about it. */
  readonly remedy?: string;
}
