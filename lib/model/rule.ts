import type { LoopbackRule } from './loopback';
import type { MarkDropRule } from './mark-drop';
import type { RedirectRule } from './redirect';

/**
 * A rule of one of the three kinds that a published port consists of. `redirect()`, `markDrop()` and `loopback()` make
 * them.
 */
export type Rule = RedirectRule | MarkDropRule | LoopbackRule;
