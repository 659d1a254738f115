import assert from 'node:assert/strict';
import { markFindings } from '../../lib/doctor/marks';
import type { Json } from '../../lib/doctor/nft-ruleset';
import type { TableMatch, TableTarget } from '../../lib/tables/table-rule';
import { HEALTHY } from './facts';

function legacy(target: TableTarget, matches: readonly TableMatch[] = []): number {
  const rules = [{ family: 'ipv4', table: 'mangle', chain: 'PREROUTING', rule: { matches, target } }] as const;
  return markFindings({ ...HEALTHY, legacy: { rules, policies: [] } }).length;
}

function nft(statement: Json, table = 'other'): number {
  const rules = [{ family: 'inet', table, chain: 'prerouting', statements: [statement] }];
  return markFindings({ ...HEALTHY, nft: { tables: [], chains: [], rules } }).length;
}

function connmarkRestore(mask: number): TableTarget {
  const data = new Uint8Array(16);
  new DataView(data.buffer).setUint32(8, mask, true);
  data[12] = 2;
  return { target: 'unknown', name: 'CONNMARK', revision: 1, data };
}

const MARK = { meta: { key: 'mark' } };

describe('Foreign rules and the mark', () => {
  it('in the legacy tables: those that write or test our bit', () => {
    assert.equal(legacy({ target: 'MARK', value: 1, mask: 0xffff_ffff }), 1);
    assert.equal(legacy({ target: 'MARK', value: 0x1000, mask: 0x1000 }), 1);
    assert.equal(legacy({ target: 'MARK', value: 0x2000, mask: 0x2000 }), 0);
    assert.equal(legacy({ target: 'DROP' }, [{ match: 'mark', value: 0x1000, mask: 0x1000 }]), 1);
    assert.equal(legacy({ target: 'DROP' }, [{ match: 'mark', value: 1, mask: 0xff }]), 0);
    assert.equal(legacy(connmarkRestore(0xffff_ffff)), 1);
    assert.equal(legacy(connmarkRestore(0xff)), 0);
  });

  it('in nf_tables: those that write or test our bit', () => {
    assert.equal(nft({ mangle: { key: MARK, value: 1 } }), 1);
    assert.equal(nft({ mangle: { key: MARK, value: { '|': [MARK, 0x1000] } } }), 1);
    assert.equal(nft({ mangle: { key: MARK, value: { '|': [MARK, 0x2000] } } }), 0);
    assert.equal(nft({ mangle: { key: MARK, value: { '|': [{ '&': [MARK, 0xffff_efff] }, 1] } } }), 1);
    assert.equal(nft({ mangle: { key: MARK, value: { '|': [{ '&': [MARK, 0xffff_ff00] }, 1] } } }), 0);
    assert.equal(nft({ match: { op: '==', left: MARK, right: 5 } }), 1);
    assert.equal(nft({ match: { op: '==', left: { '&': [MARK, 0xff] }, right: 5 } }), 0);
    assert.equal(nft({ match: { op: '==', left: { ct: { key: 'mark' } }, right: 5 } }), 0);
  });

  it('our own are no trouble', () => {
    assert.equal(nft({ mangle: { key: MARK, value: { '|': [MARK, 0x1000] } } }, 'portshift.blue'), 0);
    assert.equal(
      legacy({ target: 'MARK', value: 0x1000, mask: 0x1000 }, [
        { match: 'comment', comment: 'portshift markDrop tcp 1' },
      ]),
      0,
    );
  });
});
