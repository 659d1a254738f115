import assert from 'node:assert/strict';
import { checkDrainOptions, type DrainOptions, drain } from '../../lib/connections/drain';

/** Looks that find these counts, the last one for ever. */
function looks(...counts: number[]): () => Promise<number> {
  return async () => (counts.length > 1 ? counts.shift() : counts[0]) ?? 0;
}

async function all(look: () => Promise<number>, options: DrainOptions = {}): Promise<number[]> {
  const seen: number[] = [];
  for await (const left of drain(look, 'that', options)) seen.push(left);
  return seen;
}

describe('Looking until no connection is left', () => {
  it('yields every count, and ends with 0', async () => {
    assert.deepEqual(await all(looks(0)), [0]);
    assert.deepEqual(await all(looks(3, 3, 1, 0), { interval: 10 }), [3, 3, 1, 0]);
  });

  it('gives up in time, after a last look, and says how many are left', async () => {
    const begun = performance.now();
    await assert.rejects(all(looks(2), { timeout: 120 }), {
      code: 'ERR_TIMEOUT',
      left: 2,
      message: '2 connections still use that after 120 ms; the change stands: wait longer, or go on without them',
    });
    assert.ok(performance.now() - begun >= 119);
    await assert.rejects(
      all(looks(1), { timeout: 1, interval: 60_000 }),
      /^FirewallError: 1 connection still uses that/,
    );
    assert.deepEqual(await all(looks(1, 0), { timeout: 20, interval: 60_000 }), [1, 0]);
  });

  it('gives up on a signal, with its reason, at any moment', async () => {
    const reason = new Error('enough');
    await assert.rejects(all(looks(1), { signal: AbortSignal.abort(reason) }), reason);
    const waiting = new AbortController();
    setTimeout(() => waiting.abort(reason), 20);
    await assert.rejects(all(looks(1), { signal: waiting.signal, interval: 60_000 }), reason);
    const looking = new AbortController();
    const look = async () => {
      looking.abort(reason);
      return 0;
    };
    await assert.rejects(all(look, { signal: looking.signal }), reason);
  });

  it('looks less and less often, and never so that looking takes much of the time', async () => {
    const times: number[] = [];
    const look = async () => {
      times.push(performance.now());
      const busy = performance.now() + (times.length === 4 ? 30 : 0);
      while (performance.now() < busy);
      return times.length < 6 ? 1 : 0;
    };
    await all(look);
    const pauses = times.slice(1).map((time, index) => time - (times[index] ?? 0));
    const [first = 0, second = 0, third = 0, afterSlow = 0] = pauses;
    assert.ok(first >= 49 && second >= 74 && third >= 111, String(pauses));
    assert.ok(afterSlow >= 270, String(pauses));
  });

  it('passes on what goes wrong with a look', async () => {
    const error = new Error('no');
    await assert.rejects(
      all(() => Promise.reject(error)),
      error,
    );
  });

  it('takes whole milliseconds and a signal', () => {
    const signal = new AbortController().signal;
    assert.deepEqual(checkDrainOptions({ timeout: 1, interval: 10, signal }), { timeout: 1, interval: 10, signal });
    assert.deepEqual(checkDrainOptions({}), {});
    const wrong: [unknown, string][] = [
      [{ timeout: 0 }, 'timeout'],
      [{ timeout: 1.5 }, 'timeout'],
      [{ timeout: '1' }, 'timeout'],
      [{ timeout: 2 ** 31 }, 'timeout'],
      [{ interval: 9 }, 'interval'],
      [{ signal: {} }, 'signal'],
      [{ timeot: 1 }, 'drained.timeot'],
      [null, 'drained'],
    ];
    for (const [options, field] of wrong) {
      assert.throws(() => checkDrainOptions(options), { code: 'ERR_INVALID_ARGUMENT', field });
    }
  });
});
