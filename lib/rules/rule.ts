import type { LoopbackRule } from './loopback';
import type { MarkDropRule } from './mark-drop';
import type { RedirectRule } from './redirect';

/** One of the three kinds of which a published port is made. Made by `redirect()`, `markDrop()` and `loopback()`. */
export type Rule = RedirectRule | MarkDropRule | LoopbackRule;
