import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Load, Results } from '../../bench/results';
import { ALL_WAYS } from '../../bench/ways';
import { exec } from '../support/command';

const ROOT = join(__dirname, '..', '..');

function programs(): string {
  const build = process.env['PORTSHIFT_NATIVE_TESTS'];
  if (build !== undefined) return join(ROOT, build, 'native', 'bench');
  return join(
    ROOT,
    execFileSync('scripts/native', ['build', 'bench'], { cwd: ROOT, encoding: 'utf8' }).trim(),
    'native',
    'bench',
  );
}

function checkLoad({ concurrent, floor, profile, delay, caller }: Load): void {
  const rates = [...Object.values(concurrent), floor.portshift, floor.bare, floor.bareOne];
  assert.ok(rates.every((rate) => rate > 0));
  assert.ok(floor.share.median > 0 && floor.share.count > 0);
  const total = Object.values(profile).reduce((sum, share) => sum + share, 0);
  assert.ok(Math.abs(total - 1) < 1e-9, JSON.stringify(profile));
  for (const what of ['sequence', 'changes', 'list'] as const) {
    assert.equal(caller[what].longest.count, delay[what].longest.count);
  }
}

describe('The benchmark', () => {
  let directory: string;

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'portshift-bench-'));
    const page = readFileSync(join(ROOT, 'docs', 'performance.md'), 'utf8');
    writeFileSync(join(directory, 'performance.md'), page);
  });

  afterEach(() => rmSync(directory, { recursive: true }));

  it('runs from end to end: every way moves the port, and everything is reported', async function () {
    this.timeout(180_000);
    const args = ['--require', 'tsx/cjs', 'bench/main.ts', '--smoke', '--programs', programs(), '--out', directory];
    const { stdout } = await exec(process.execPath, args, { cwd: ROOT, timeout: 150_000 });
    const results = JSON.parse(readFileSync(join(directory, 'performance.json'), 'utf8')) as Results;
    const [swap] = results.swaps;
    for (const when of [swap?.warm, swap?.idle]) {
      assert.deepEqual(Object.keys(when?.times ?? {}), ALL_WAYS);
      for (const times of Object.values(when?.times ?? {})) assert.ok(times.median > 0 && times.count > 0);
    }
    assert.deepEqual(Object.keys(swap?.first ?? {}), ALL_WAYS);
    for (const load of results.pressure) checkLoad(load);
    assert.equal(results.dataPath.length, 2 * 3 * 2);
    for (const { times } of results.dataPath) assert.ok(Object.values(times).every(({ median }) => median > 0));
    assert.deepEqual(Object.keys(results.startup.list), ['nft', 'iptc', 'auto']);
    const page = readFileSync(join(directory, 'performance.md'), 'utf8');
    const charts = readdirSync(join(directory, 'performance'));
    assert.ok(charts.length > 0);
    for (const chart of charts) {
      assert.ok(page.includes(`performance/${chart}`), chart);
      const drawn = readFileSync(join(directory, 'performance', chart), 'utf8');
      assert.ok(drawn.startsWith('<svg ') && drawn.endsWith('</svg>\n') && /<polyline points="\d/.test(drawn), drawn);
    }
    for (const shown of [...ALL_WAYS, 'beside bare C in turns', 'without portshift']) {
      assert.ok(stdout.includes(shown) && page.includes(shown), shown);
    }
  });
});
