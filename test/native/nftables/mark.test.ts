import assert from 'node:assert/strict';
import type { Mark } from '../../../lib';
import { NftHost, textsOf } from './support';

const BLUE: Mark = { value: 0x1000, mask: 0x1000 };
const GREEN: Mark = { value: 0x2_0000, mask: 0x7_0000 };

describe('The mark on what is denied, on nft', () => {
  let host: NftHost;

  beforeEach(async () => {
    host = await NftHost.create();
  });

  afterEach(() => host.remove());

  const marks = async () => Array.from((await host.list()).matchAll(/meta mark set (.*?) comment/g), ([, set]) => set);

  it('is none where none is asked for, and stays where it is left out later', async () => {
    await (await host.open()).publish({ name: 'web', port: 8445, targetPort: 8443 });
    assert.doesNotMatch(await host.list(), /mark/);
    await host.open({ mark: BLUE });
    const listing = await host.list();
    assert.match(listing, /chain mark_prerouting/);
    const later = await host.open();
    assert.deepEqual(later.mark, BLUE);
    assert.deepEqual(later.repaired, []);
    assert.equal(await host.list(), listing);
    await later.publish({ name: 'cut', port: 8545, targetPort: 8543, established: 'drop' });
    assert.ok((await marks()).length > 4);
    assert.equal(new Set(await marks()).size, 1);
  });

  it('is another one after one look, and nothing of the first is left', async () => {
    const first = await host.open({ mark: BLUE });
    await first.publish({ name: 'web', port: 8445, targetPort: 8443 });
    const [before] = await marks();
    const texts = await textsOf(first);
    const later = await host.open({ mark: GREEN });
    assert.deepEqual(await textsOf(later), texts);
    const after = await marks();
    assert.ok(after.length > 0 && !after.includes(before));
    assert.equal(new Set(after).size, 1);
    assert.deepEqual((await host.open()).mark, GREEN);
    assert.deepEqual((await host.open()).repaired, []);
  });
});
