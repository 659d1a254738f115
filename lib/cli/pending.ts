import type { PendingConfirmation } from '../confirm/guardians';
import { describeChange } from './output';

/** Describes the change that waits for its confirmation, as lines for people. */
export function describePending(pending: PendingConfirmation): readonly string[] {
  if (pending.guardian === 'gone') {
    return [
      'a change waits for its confirmation, but the process that would have rolled it back was killed: it stays as it is; ' +
        '`portshift confirm` forgets about it, `portshift rollback` undoes the last change',
    ];
  }
  if (pending.guardian === 'silent') {
    return [
      `a change waits for its confirmation, but ${pending.process}, which would roll it back, does not answer, as it is stopped or frozen: ` +
        'it stays as it is until that process goes on; `portshift confirm` is heard then, or end it (kill -KILL), and nothing is rolled back',
    ];
  }
  const { remaining, added, removed, failure } = pending;
  const texts = { added: added.map((text) => ({ text })), removed: removed.map((text) => ({ text })) };
  const when = remaining === 0 ? 'now' : `in ${Math.ceil(remaining / 1_000)} s, at ${timeOfDay(remaining)}`;
  return [
    `waiting for \`portshift confirm\`; without it, rolled back ${when}:`,
    ...describeChange(texts),
    ...(failure === undefined ? [] : [`not possible so far, tried again every second: ${failure}`]),
  ];
}

function timeOfDay(remaining: number): string {
  return new Date(Date.now() + remaining).toLocaleTimeString('en-GB');
}
