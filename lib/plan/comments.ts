import type { TableRule } from '../tables/table-rule';
import { COMMENT_PREFIX } from './chains';

export function commentOf(rule: TableRule): string | undefined {
  for (const match of rule.matches) {
    if (match.match === 'comment') return match.comment;
  }
  return undefined;
}

/** Whether portshift has put it there, as far as its comment tells. */
export function isOurs(rule: TableRule): boolean {
  return commentOf(rule)?.split(' ', 1)[0] === COMMENT_PREFIX;
}
