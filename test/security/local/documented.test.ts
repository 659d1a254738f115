import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(__dirname, '..', '..', '..');
const PAGE = 'docs/security.md';

/** A test as the page names it: `file`: title. */
const REFERENCE = /`(test\/[\w./-]+\.ts)`: ([^|;]+?)(?=[;|]|$)/g;

interface Reference {
  readonly file: string;
  readonly title: string;
}

/** The rows of the tables of positions, each with its tests. */
function rows(): { readonly row: string; readonly references: readonly Reference[] }[] {
  const page = readFileSync(join(ROOT, PAGE), 'utf8');
  const part = page.slice(page.indexOf('## The threat model'), page.indexOf('## How a closed port is kept closed'));
  return part
    .split('\n')
    .filter((line) => /^\| (can|cannot) /.test(line))
    .map((row) => ({
      row,
      references: Array.from(row.matchAll(REFERENCE), ([, file = '', title = '']) => ({ file, title: title.trim() })),
    }));
}

/** `...` stands for whatever a test puts there. */
function isIn(source: string, title: string): boolean {
  const words = title
    .split('...')
    .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
    .join('.*');
  return new RegExp(`(?:\\b(?:it|itWithUsers|describe)\\(\\s*|\\btitle: )(['"\`])${words}\\1`).test(source);
}

describe('The threat model of docs/security.md', () => {
  it('names a test for each of its lines, and each of these is there', () => {
    const all = rows();
    assert.ok(all.length > 30, `${all.length} lines`);
    for (const { row, references } of all) {
      assert.ok(references.length > 0, `no test for: ${row}`);
      for (const { file, title } of references) {
        const source = readFileSync(join(ROOT, file), 'utf8');
        assert.ok(isIn(source, title), `${file} has no test "${title}"`);
      }
    }
  });
});
