import { type Copy, describeCopy, remedyOf } from '../copies/copy';
import type { Facts } from './facts';
import type { Finding } from './finding';

/** Returns the findings about copies of the owner's rules. A copy that differs from what is published is a problem. */
export function copyFindings({ copies, owner, chosen, published }: Facts): Finding[] {
  const isPublished = ({ rule, name }: Copy['rules'][number]) =>
    rule.kind === 'markDrop' ||
    name === undefined ||
    published.some(
      (one) => one.protocol === rule.protocol && one.port === rule.port && one.targetPort === rule.targetPort,
    );
  return copies.map((copy): Finding => {
    const { rules, stays } = copy;
    const backend = chosen?.backend ?? 'auto';
    const text = [describeCopy(copy, owner, backend), ...stays].join('; ');
    return {
      level: rules.every(isPublished) ? 'warning' : 'problem',
      topic: 'copy',
      text,
      remedy:
        rules.length > 0
          ? `${remedyOf(copy, owner, backend)} removes them, and nothing else`
          : `look at ${copy.tables.join(', ')} with nft list ruleset, and delete these chains by hand if nobody uses them`,
    };
  });
}
