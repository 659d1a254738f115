import assert from 'node:assert/strict';
import { placementsOf } from '../../../lib/backends/iptc/placement';
import { Placements } from '../../../lib/backends/iptc/placements';
import { loopback } from '../../../lib/model/loopback';
import { markDrop } from '../../../lib/model/mark-drop';
import { redirect } from '../../../lib/model/redirect';
import type { Rule } from '../../../lib/model/rule';

/** No two of them consist of the same. */
const MARK = { value: 0x1000, mask: 0x1000 };

const RULES: readonly Rule[] = [
  redirect({ port: 80, targetPort: 8080 }),
  redirect({ port: 80, targetPort: 8080, protocol: 'udp' }),
  redirect({ port: 80, targetPort: 8080, family: 'ipv6' }),
  redirect({ port: 80, targetPort: 8080, interface: 'eth0' }),
  redirect({ port: 80, targetPort: 8080, destination: '192.0.2.7' }),
  redirect({ port: 80, targetPort: 8080, targetAddress: '192.0.2.7' }),
  loopback({ port: 80, targetPort: 8080 }),
  loopback({ port: 80, targetPort: 8080, destination: '192.0.2.7' }),
  loopback({ port: 80, targetPort: 8080, targetAddress: '192.0.2.7' }),
  markDrop({ port: 80 }),
  markDrop({ port: 80, direct: 'local' }),
  markDrop({ port: 80, deny: 'reject' }),
  markDrop({ port: 80, established: 'drop' }),
];

describe('What entries of one kind consist of', () => {
  it('is made once, whatever their ports and names', () => {
    const placements = new Placements(MARK);
    const web = placements.of({ rule: redirect({ port: 80, targetPort: 8080 }), name: 'web' });
    assert.equal(placements.of({ rule: redirect({ port: '90-99', targetPort: 1 }) }), web);
    const local = placements.of({ rule: loopback({ port: 80, targetPort: 8080 }) });
    assert.equal(placements.of({ rule: loopback({ port: 81, targetPort: 1 }) }), local);
    const closed = placements.of({ rule: markDrop({ port: 80 }) });
    assert.equal(placements.of({ rule: markDrop({ port: 81 }) }), closed);
  });

  it('is theirs alone, however many kinds there are', () => {
    const placements = new Placements(MARK);
    for (let round = 0; round < 3; round += 1) {
      for (const rule of RULES) assert.deepEqual(placements.of({ rule }), placementsOf(rule, MARK));
    }
    const texts = new Set(RULES.map((rule) => JSON.stringify(placementsOf(rule, MARK))));
    assert.equal(texts.size, RULES.length);
  });
});
