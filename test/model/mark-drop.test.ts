import assert from 'node:assert/strict';
import { checkMarkDrop, markDrop } from '../../lib/model/mark-drop';
import { refuses, refusesUnknown, WRONG_TYPES } from './support';

describe('markDrop()', () => {
  it('closes a port to everyone, silently, and leaves connections that exist', () => {
    assert.deepEqual(markDrop({ port: 8443 }), {
      kind: 'markDrop',
      protocol: 'tcp',
      port: 8443,
      direct: 'closed',
      deny: 'drop',
      established: 'keep',
    });
  });

  it('keeps what is given', () => {
    const given = {
      protocol: 'udp',
      port: '8000-8010',
      direct: 'local',
      deny: 'reject',
      established: 'drop',
      family: 'ipv6',
    } as const;
    assert.deepEqual(markDrop(given), { kind: 'markDrop', ...given });
  });

  it('names the field that is wrong', () => {
    for (const field of ['port', 'protocol', 'direct', 'deny', 'established', 'family']) {
      for (const value of WRONG_TYPES) {
        refuses(() => markDrop({ port: 8443, [field]: value }), field, value, /; give /);
      }
    }
    refuses(() => checkMarkDrop('remove[1].', { port: 'x' }), 'remove[1].port', 'x', /from 1 to 65535/);
  });

  it('cannot leave open what it closes', () => {
    refuses(() => markDrop({ port: 1, direct: 'open' as never }), 'direct', 'open', /'closed' or 'local'$/);
  });

  it('closes a port on every address: it knows no destination', () => {
    refusesUnknown(() => markDrop({ port: 1, destination: '192.0.2.7' } as never), 'markDrop', 'destination');
  });
});
