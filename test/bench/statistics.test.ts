import assert from 'node:assert/strict';
import { drawChart } from '../../bench/chart';
import { inserted } from '../../bench/report';
import { quantile, ratiosOf, summaryOf } from '../../bench/statistics';
import { figure, toMarkdown } from '../../bench/table';

describe('Statistics of the benchmark', () => {
  it('take quantiles between the two nearest values', () => {
    assert.equal(quantile([3, 1, 2], 0.5), 2);
    assert.equal(quantile([4, 1, 2, 3], 0.5), 2.5);
    assert.equal(quantile([10, 20], 0.9), 19);
    assert.deepEqual(summaryOf([7]), { median: 7, p10: 7, p90: 7, p99: 7, count: 1 });
    assert.ok(Number.isNaN(quantile([], 0.5)));
  });

  it('compare what lies side by side: a slow moment of the machine slows both down', () => {
    const { median, p10, p90 } = ratiosOf([20, 200, 2000], [10, 100, 1000]);
    assert.deepEqual([median, p10, p90], [2, 2, 2]);
  });
});

describe('The report of the benchmark', () => {
  const page =
    'before\n<!-- What npm run bench has written begins here. -->\nold\n<!-- What npm run bench has written ends here. -->\nafter\n';

  it('replaces what an earlier run has written, and nothing else', () => {
    const once = inserted(page, 'new');
    assert.ok(once.startsWith('before\n') && once.endsWith('\nafter\n') && !once.includes('old'));
    assert.equal(inserted(once, 'new'), once);
    assert.throws(() => inserted('no place', 'new'), /has no/);
  });

  it('shows figures with as many digits as were measured', () => {
    assert.deepEqual([0.123, 12.34, 1234.5, Number.NaN].map(figure), ['0.12', '12.3', '1,235', '-']);
  });

  it('makes tables that Markdown takes', () => {
    assert.equal(
      toMarkdown({ title: 'T', head: ['a', 'b'], rows: [['x', '1']] }),
      '**T**\n\n| a | b |\n| --- | ---: |\n| x | 1 |',
    );
  });

  it('draws a 0 to the left of everything on an axis of powers of ten', () => {
    const chart = drawChart({
      title: 'a < b',
      x: 'x',
      y: 'y',
      series: [
        {
          name: 's',
          points: [
            [0, 1],
            [10, 10],
            [100, 100],
          ],
        },
      ],
    });
    const [, points = ''] = /<polyline points="([^"]+)"/.exec(chart) ?? [];
    const places = points.split(' ').map((point) => point.split(',').map(Number));
    assert.deepEqual(places, [
      [70, 386],
      [350, 215],
      [630, 44],
    ]);
    assert.ok(chart.includes('a &lt; b'));
  });
});
