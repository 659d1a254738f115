import type { Step } from '../plan/phases';
import type { Family, TableName } from '../tables/table-rule';
import type { IptcSession, NativeChange } from './iptc-addon';
import { stepJson } from './steps-json';

/** What each table is taken to have. */
export type Fingerprints = Readonly<Record<Family, Partial<Record<TableName, string | undefined>>>>;

/** How many operations cross into the addon in one call, so that none holds up the event loop. */
const PAGE = 32;

/** The same in characters of text. */
const LONG_TEXT = 8_192;

/** Steps as text; what is much crosses in pieces, before the rest, and is read while that is being written. */
export function* writeSteps(
  steps: readonly Step[],
  fingerprints: Fingerprints,
  session: Pick<IptcSession, 'newChange'>,
): Generator<void, { readonly text: string; readonly before: NativeChange | undefined }> {
  let before: NativeChange | undefined;
  let text = '';
  for (const [index, { family, table, operations }] of steps.entries()) {
    const first = steps.findIndex((step) => step.table === table && step.family === family);
    let expect: string | undefined = first === index ? (fingerprints[family][table] ?? '') : '';
    for (let from = 0; from === 0 || from < operations.length; from += PAGE) {
      if (text.length > LONG_TEXT) {
        before ??= session.newChange();
        before.push(`[${text}]`);
        text = '';
      }
      const page = operations.length <= PAGE ? operations : operations.slice(from, from + PAGE);
      text += `${text === '' ? '' : ','}${stepJson({ family, table, expect, operations: page })}`;
      expect = undefined;
      yield;
    }
  }
  return { text: `[${text}]`, before };
}
