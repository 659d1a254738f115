import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { KNOWN_HOSTS } from './hosts/index';

const PAGE = readFileSync(join(__dirname, '../../docs/hosts.md'), 'utf8');

describe('docs/hosts.md', () => {
  it('cites and links every report that a row of the tests comes from', () => {
    const reports = KNOWN_HOSTS.flatMap(({ reports: cited = [] }) => cited);
    assert.ok(reports.length > 0);
    const missing = reports.filter((report) => {
      const [repository = '', number = ''] = report.split('#');
      const links = ['issues', 'pull'].map((kind) => `https://github.com/${repository}/${kind}/${number}\n`);
      return !links.some((link) => PAGE.includes(`[${report}]: ${link}`)) || !PAGE.includes(`[${report}]`);
    });
    assert.deepEqual(missing, []);
  });

  it('has a link for every report that it names, and names every report that it has a link for', () => {
    const named = new Set([...PAGE.matchAll(/\[([\w.-]+\/[\w.-]+#\d+)\](?!:)/g)].map(([, report]) => report));
    const linked = new Set([...PAGE.matchAll(/^\[([\w.-]+\/[\w.-]+#\d+)\]: /gm)].map(([, report]) => report));
    assert.deepEqual([...named].sort(), [...linked].sort());
  });
});
