import assert from 'node:assert/strict';
import { type Fingerprints, writeSteps } from '../../../lib/backends/iptc/write-steps';
import { parseSteps } from '../../../lib/backends/memory/parse-steps';
import type { NativeChange, StepPart } from '../../../lib/backends/table-session';
import type { Step, TableOperation } from '../../../lib/model/table-step';
import { finish } from '../support/simulation';

const FINGERPRINTS: Fingerprints = { ipv4: { nat: 'n' }, ipv6: {} };

const operations = (count: number) =>
  Array.from({ length: count }, (_, index): TableOperation => ({ op: 'createChain', chain: `own-${index}` }));

/** What crosses, piece by piece. */
function written(steps: readonly Step[], isBegun = false): StepPart[][] {
  const pieces: StepPart[][] = [];
  const change: NativeChange = { push: (text) => void pieces.push(parseSteps(text)) };
  const { text, before } = finish(writeSteps(steps, FINGERPRINTS, () => change, isBegun ? change : undefined));
  assert.equal(before !== undefined, isBegun || pieces.length > 0);
  return [...pieces, parseSteps(text)];
}

/** Steps with what belongs to one put together. */
function together(parts: readonly StepPart[]): (Step & { expect: string })[] {
  const steps: (Step & { expect: string })[] = [];
  for (const { expect, operations: some, ...id } of parts) {
    if (expect !== undefined) steps.push({ ...id, expect, operations: [] });
    steps.at(-1)?.operations.push(...some);
  }
  return steps;
}

describe('Steps that cross', () => {
  it('do so at once where they are few, each with what its table is expected to have at first', () => {
    const steps: Step[] = [
      { family: 'ipv4', table: 'nat', operations: operations(3) },
      { family: 'ipv6', table: 'mangle', operations: [] },
      { family: 'ipv4', table: 'nat', operations: operations(1) },
    ];
    const expected = [
      { ...steps[0], expect: 'n' },
      { ...steps[1], expect: '' },
      { ...steps[2], expect: '' },
    ];
    assert.deepEqual(written(steps), [expected]);
    assert.deepEqual(written(steps, true), [expected]);
    assert.deepEqual(written([]), [[]]);
  });

  it('do so in pieces that are not much longer than others, and lose nothing', () => {
    for (const counts of [[64], [65], [60, 60], [1, 100, 0, 300], [10, 60, 64, 5]]) {
      const steps = counts.map((count): Step => ({ family: 'ipv6', table: 'nat', operations: operations(count) }));
      const pieces = written(steps);
      assert.deepEqual(
        together(pieces.flat()),
        steps.map((step) => ({ ...step, expect: '' })),
      );
      for (const piece of pieces) assert.ok(piece.reduce((sum, part) => sum + part.operations.length, 0) <= 64);
    }
  });
});
