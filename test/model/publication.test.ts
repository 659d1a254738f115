import assert from 'node:assert/strict';
import { entryKey } from '../../lib/model/entry';
import { loopback } from '../../lib/model/loopback';
import { markDrop } from '../../lib/model/mark-drop';
import { bindFamilies, checkPublication, entriesOf } from '../../lib/model/publication';
import { redirect } from '../../lib/model/redirect';
import type { Family } from '../../lib/model/table-rule';
import { refuses, refusesUnknown, WRONG_TYPES } from './support';

const BOTH: readonly Family[] = ['ipv4', 'ipv6'];
const GIVEN = { port: 8445, targetPort: 8443 };

const keysOf = (options: object, families = BOTH) => entriesOf(checkPublication('', options, families)).map(entryKey);

describe('The options of publish()', () => {
  it('have defaults', () => {
    assert.deepEqual(
      { ...checkPublication('', GIVEN, BOTH) },
      {
        name: 'tcp/8445',
        protocol: 'tcp',
        port: 8445,
        targetPort: 8443,
        direct: 'closed',
        deny: 'drop',
        established: 'keep',
        loopback: true,
      },
    );
  });

  it('give the name protocol and port where they give none', () => {
    const nameOf = (options: object) => checkPublication('', { targetPort: 1, ...options }, BOTH).name;
    assert.equal(nameOf({ port: 53, protocol: 'udp' }), 'udp/53');
    assert.equal(nameOf({ port: '8000-8010' }), 'tcp/8000-8010');
    assert.equal(nameOf({ port: '8000-8000' }), 'tcp/8000');
    assert.equal(nameOf({ port: 8000, name: 'web' }), 'web');
  });

  it('name the field that is wrong', () => {
    const addresses = ['destination', 'targetAddress', 'interface'];
    const words = ['protocol', 'direct', 'deny', 'established'];
    for (const field of ['name', 'port', 'targetPort', ...addresses, ...words]) {
      for (const value of WRONG_TYPES) {
        refuses(() => checkPublication('', { ...GIVEN, [field]: value }, BOTH), field, value, /; give /);
      }
    }
    for (const value of [null, 0, 'yes', {}]) {
      refuses(() => checkPublication('', { ...GIVEN, loopback: value }, BOTH), 'loopback', value, /true or false$/);
    }
  });

  it('say where in a list the wrong one is', () => {
    const options = { ...GIVEN, port: 0 };
    refuses(() => checkPublication('published[2].', options, BOTH), 'published[2].port', 0, /from 1 to 65535/);
    refuses(() => checkPublication('published[2].', 7, BOTH), 'published[2]', 7, /give an object with name, protocol/);
    refusesUnknown(() => checkPublication('published[2].', { ...GIVEN, host: 1 }, BOTH), 'published[2]', 'host');
    refusesUnknown(() => checkPublication('', { ...GIVEN, family: 'ipv4' }, BOTH), 'publish', 'family');
  });

  it('leave the target port open where it is the public port at another address', () => {
    const options = { port: 8443, targetPort: 8443, targetAddress: '192.0.2.8' };
    refuses(() => checkPublication('', options, BOTH), 'direct', 'closed', /give 'open', because the target port is/);
    assert.equal(checkPublication('', { ...options, direct: 'open' }, BOTH).direct, 'open');
  });

  it('give addresses of a family that the firewall serves', () => {
    const v6 = { ...GIVEN, destination: '2001:db8::7' };
    const refused = { code: 'ERR_INVALID_ARGUMENT', field: 'destination', message: /serves ipv4 only/ };
    assert.throws(() => checkPublication('', v6, ['ipv4']), refused);
    const bound = { ...GIVEN, targetAddress: '192.0.2.8' };
    assert.throws(() => checkPublication('', bound, ['ipv6']), {
      ...refused,
      field: 'targetAddress',
      message: /ipv6 only/,
    });
    assert.equal(checkPublication('', v6, ['ipv6']).family, 'ipv6');
  });
});

describe('A published port', () => {
  it('is made of a redirect, a closed target port and a loopback redirect', () => {
    assert.deepEqual(keysOf({ ...GIVEN, name: 'web' }), [
      'redirect tcp 8445>8443 name=web',
      'markDrop tcp 8443 name=web',
      'loopback tcp 8445>8443 name=web',
    ]);
  });

  it('carries every option in its redirect', () => {
    const options = {
      name: 'web',
      protocol: 'udp',
      port: '8000-8010',
      targetPort: 9000,
      destination: '192.0.2.7',
      interface: 'eth0',
      targetAddress: '192.0.2.8',
      direct: 'local',
      deny: 'reject',
      established: 'drop',
    };
    assert.deepEqual(keysOf(options), [
      'redirect udp 8000-8010>9000 at=192.0.2.7 in=eth0 via=192.0.2.8 name=web opt=local,reject,cut',
      'markDrop udp 9000 name=web opt=local,reject,cut',
      'loopback udp 8000-8010>9000 at=192.0.2.7 via=192.0.2.8 name=web',
    ]);
  });

  it('closes nothing that is to stay open', () => {
    assert.deepEqual(keysOf({ ...GIVEN, name: 'web', direct: 'open' }), [
      'redirect tcp 8445>8443 name=web opt=open',
      'loopback tcp 8445>8443 name=web',
    ]);
  });

  it('leaves local clients alone where it is told to', () => {
    assert.deepEqual(keysOf({ ...GIVEN, name: 'web', loopback: false }), [
      'redirect tcp 8445>8443 name=web opt=nolo',
      'markDrop tcp 8443 name=web',
    ]);
  });

  it('is of the one family that the firewall serves', () => {
    assert.deepEqual(keysOf({ ...GIVEN, name: 'web' }, ['ipv6']), [
      'redirect tcp 8445>8443 name=web opt=v6',
      'markDrop tcp 8443 name=web opt=v6',
      'loopback tcp 8445>8443 name=web opt=v6',
    ]);
  });
});

describe('A rule in a firewall of one family', () => {
  it('is bound to it', () => {
    const rule = redirect(GIVEN);
    assert.deepEqual(bindFamilies('rules[0]', rule, ['ipv4']), { ...rule, family: 'ipv4' });
    assert.equal(bindFamilies('rules[0]', rule, BOTH), rule);
    assert.equal(bindFamilies('rules[0]', markDrop({ port: 1, family: 'ipv6' }), BOTH).family, 'ipv6');
  });

  it('is refused where it is of the other', () => {
    const refused = { code: 'ERR_INVALID_ARGUMENT', field: 'rules[0]', value: 'ipv6', message: /needs ipv6/ };
    for (const rule of [
      redirect({ ...GIVEN, destination: '2001:db8::7' }),
      redirect({ ...GIVEN, targetAddress: '2001:db8::7' }),
      markDrop({ port: 1, family: 'ipv6' }),
      loopback({ ...GIVEN, destination: '2001:db8::7' }),
    ]) {
      assert.throws(() => bindFamilies('rules[0]', rule, ['ipv4']), refused);
    }
  });
});
