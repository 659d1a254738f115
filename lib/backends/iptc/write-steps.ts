import type { Family, TableName } from '../../model/table-rule';
import type { Step } from '../../model/table-step';
import type { NativeChange, StepPart } from '../table-session';
import { stepsJson } from './steps-json';

/** The fingerprints that the tables are expected to have. */
export type Fingerprints = Readonly<Record<Family, Partial<Record<TableName, string | undefined>>>>;

/** The number of operations that cross into the addon in one call, so that no call blocks the event loop. */
const PAGE = 64;

/**
 * Writes steps as text. A large change crosses in pieces before the rest, and the session reads them while the rest is
 * being written.
 * @param begun a change that was begun because many steps are expected
 */
export function* writeSteps(
  steps: readonly Step[],
  fingerprints: Fingerprints,
  newChange: () => NativeChange,
  begun?: NativeChange,
): Generator<void, { readonly text: string; readonly before: NativeChange | undefined }> {
  let before = begun;
  let parts: StepPart[] = [];
  let room = PAGE;
  for (const [index, { family, table, operations }] of steps.entries()) {
    const first = steps.findIndex((step) => step.table === table && step.family === family);
    let expect: string | undefined = first === index ? (fingerprints[family][table] ?? '') : '';
    let from = 0;
    do {
      const page = from === 0 && operations.length <= room ? operations : operations.slice(from, from + room);
      parts.push({ family, table, expect, operations: page });
      expect = undefined;
      from += page.length;
      room -= page.length;
      if (room === 0) {
        before ??= newChange();
        before.push(stepsJson(parts));
        parts = [];
        room = PAGE;
        yield;
      }
    } while (from < operations.length);
  }
  return { text: stepsJson(parts), before };
}
