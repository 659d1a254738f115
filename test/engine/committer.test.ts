import assert from 'node:assert/strict';
import type { Installed } from '../../lib/backends/backend';
import { Committer } from '../../lib/engine/committer';
import type { Outcome } from '../../lib/engine/edit';
import type { Entry } from '../../lib/model/entry';
import { markDrop } from '../../lib/model/mark-drop';
import type { Ruleset } from '../../lib/model/ruleset';
import { StubBackend } from './stub-backend';

const CLOSED: Entry = { rule: markDrop({ port: 8443 }) };

const NOTHING: Installed = {
  entries: [],
  counted: [],
  damage: [],
  intruders: [],
  leftover: false,
  isKnown: false,
  isWhole: false,
};

/** A backend that reads the same for ever. */
class FakeBackend extends StubBackend {
  readonly editsPerCommit = 2;
  reads = 0;
  commits = 0;
  closed = 0;
  installed: Installed = NOTHING;
  result: () => Promise<'committed' | 'stale'> = async () => 'committed';

  async read(): Promise<Installed> {
    this.reads += 1;
    return this.installed;
  }

  commit(): Promise<'committed' | 'stale'> {
    this.commits += 1;
    return this.result();
  }

  override async close(): Promise<void> {
    this.closed += 1;
  }
}

function* close(ruleset: Ruleset) {
  ruleset.add(CLOSED);
  yield;
}

const whole = (outcome: Outcome<void>) => outcome;

let backend: FakeBackend;
let committer: Committer;

beforeEach(() => {
  backend = new FakeBackend();
  committer = new Committer(backend);
});

describe('Changes that are committed', () => {
  it('are planned anew where the kernel holds something else than was read', async () => {
    let stale = 2;
    backend.result = async () => {
      stale -= 1;
      return stale < 0 ? 'committed' : 'stale';
    };
    const { change } = await committer.edit(close, whole);
    assert.deepEqual(change, { added: [CLOSED], removed: [] });
    assert.deepEqual([backend.commits, backend.reads], [3, 3]);
  });

  it('are given up where that never ends, with what to do about it', async () => {
    backend.result = async () => 'stale';
    await assert.rejects(() => committer.edit(close, whole), {
      code: 'ERR_CONFLICT',
      message: /^other processes changed this owner's rules 100 times .*; try again, or give each an owner of its own$/,
    });
    assert.equal(backend.commits, 100);
  });

  it('are not read again where the kernel holds what was committed last', async () => {
    await committer.edit(close, whole);
    await committer.edit(function* (ruleset) {
      ruleset.remove(CLOSED);
      yield;
    }, whole);
    assert.deepEqual([backend.reads, backend.commits], [1, 2]);
  });

  it('see the truth where they would change nothing, or fail', async () => {
    await committer.edit(close, whole);
    backend.installed = { ...NOTHING, entries: [{ entry: CLOSED, state: 'whole', packets: 0 }] };
    await committer.edit(close, whole);
    assert.deepEqual([backend.reads, backend.commits], [2, 1]);
  });

  it('fail with whatever was thrown, also where it is no error of ours', async () => {
    const fault = new TypeError('a fault');
    backend.result = () => Promise.reject(fault);
    await assert.rejects(() => committer.edit(close, whole), fault);
    backend.result = async () => 'committed';
    await committer.edit(close, whole);
    assert.equal(backend.reads, 2);
  });
});

describe('Changes that wait together', () => {
  const closing = (port: number) => {
    return {
      run(ruleset: Ruleset) {
        if (port === 3) throw new TypeError('three');
        ruleset.add({ rule: markDrop({ port }) });
        return port;
      },
    };
  };
  const toPort = ({ value }: Outcome<number>) => value;

  it('share commits of as many as the backend wants, and a failing one fails alone', async () => {
    const calls = [1, 2, 3, 4, 5].map((port) => committer.edit(closing(port), toPort));
    const results = await Promise.allSettled(calls);
    assert.deepEqual(
      results.map((result) => (result.status === 'fulfilled' ? result.value : String(result.reason))),
      [1, 2, 'TypeError: three', 4, 5],
    );
    assert.equal(backend.commits, 3);
  });

  it('are all made before what was asked for after them', async () => {
    const calls = [1, 2, 4, 5].map((port) => committer.edit(closing(port), toPort));
    const looking = committer.look().then(() => backend.commits);
    await Promise.all(calls);
    assert.equal(await looking, 2);
  });
});

describe('Damage', () => {
  it('is repaired when it is read, and told', async () => {
    backend.installed = { ...NOTHING, damage: ['the jump is missing'] };
    backend.result = async () => {
      backend.installed = NOTHING;
      return 'committed';
    };
    await committer.refresh();
    assert.deepEqual(committer.repaired, ['the jump is missing']);
    assert.equal(backend.commits, 1);
  });

  it('that comes back after every repair is an error', async () => {
    backend.installed = { ...NOTHING, damage: ['the jump is missing'] };
    await assert.rejects(() => committer.refresh(), {
      code: 'ERR_CONFLICT',
      message: /damaged again after every repair/,
    });
  });

  it('is not what was left on purpose and has served its purpose: that goes without a word', async () => {
    backend.installed = { ...NOTHING, leftover: true };
    backend.result = async () => {
      backend.installed = NOTHING;
      return 'committed';
    };
    await committer.refresh();
    assert.deepEqual(committer.repaired, []);
    assert.equal(backend.commits, 1);
  });
});

describe('A plan', () => {
  it('changes nothing, and leaves no trace', async () => {
    const change = await committer.plan(close);
    assert.deepEqual(change, { added: [CLOSED], removed: [] });
    assert.equal(backend.commits, 0);
    assert.deepEqual((await committer.edit(close, whole)).change, change);
  });

  it('that is refused leaves no trace either', async () => {
    const refused = new Error('refused');
    const plan = committer.plan(function* (ruleset) {
      ruleset.add(CLOSED);
      yield;
      throw refused;
    });
    await assert.rejects(plan, refused);
    assert.deepEqual(await committer.plan(close), { added: [CLOSED], removed: [] });
  });
});

describe('A committer that is closed', () => {
  it('closes its backend once, after what was asked for before', async () => {
    const edit = committer.edit(close, whole);
    await Promise.all([committer.close(), committer.close()]);
    await committer.close();
    assert.equal(backend.closed, 1);
    assert.equal(backend.commits, 1);
    await edit;
  });
});
