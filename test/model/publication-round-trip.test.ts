import assert from 'node:assert/strict';
import { entryKey, parseEntry } from '../../lib/model/entry';
import { checkPublication, entriesOf, type Publication, withPort, withTargetPort } from '../../lib/model/publication';
import type { Family } from '../../lib/model/table-rule';
import { combinations, refuses, WRONG_TYPES } from './support';

const SERVED: readonly [families: readonly Family[], addresses: readonly object[]][] = [
  [['ipv4'], [{}, { destination: '192.0.2.7' }]],
  [['ipv6'], [{}, { destination: '2001:db8::7', targetAddress: '2001:db8::8' }]],
  [
    ['ipv4', 'ipv6'],
    [{}, { destination: '192.0.2.7' }, { destination: '2001:db8::7', targetAddress: '2001:db8::8' }],
  ],
];

/** One of every combination of options that decide which rules there are. */
const publications: readonly Publication[] = SERVED.flatMap(([families, addresses]) =>
  addresses.flatMap((address) =>
    [
      ...combinations({
        direct: ['closed', 'local', 'open'],
        deny: ['drop', 'reject'],
        established: ['keep', 'drop'],
        loopback: [true, false],
      }),
    ].map((options) => checkPublication('', { port: '80-81', targetPort: 8443, ...address, ...options }, families)),
  ),
);

describe('A published port read back from its rules', () => {
  it('is the one that was published, with every option', () => {
    assert.equal(publications.length, 7 * 24);
    for (const publication of publications) {
      const read = entriesOf(publication).map((entry) => parseEntry(entryKey(entry)));
      assert.deepEqual(
        read.flatMap((entry) => entry?.publication ?? []),
        [publication],
      );
    }
  });

  it('is told by its redirect alone', () => {
    const [redirect, ...others] = entriesOf(checkPublication('', { port: 80, targetPort: 8443 }, ['ipv4']));
    assert.ok(redirect !== undefined && others.length === 2);
    assert.equal(redirect?.publication?.name, 'tcp/80');
    for (const other of others) assert.equal(other.publication, undefined);
  });
});

describe('A published port that changes', () => {
  const web = checkPublication('', { name: 'web', port: 80, targetPort: 8443, deny: 'reject' }, ['ipv4', 'ipv6']);

  it('takes another public port and keeps everything else', () => {
    assert.deepEqual({ ...withPort(web, '90-91') }, { ...web, port: '90-91' });
    for (const value of [...WRONG_TYPES, 0, '', undefined])
      refuses(() => withPort(web, value), 'port', value, /from 1 to/);
    refuses(() => withPort(web, 8443), 'targetPort', 8443, /other than the public port \(8443\)$/);
  });

  it('takes another target port and keeps everything else', () => {
    assert.deepEqual({ ...withTargetPort(web, 9443) }, { ...web, targetPort: 9443 });
    for (const value of [...WRONG_TYPES, 0, '9443', undefined]) {
      refuses(() => withTargetPort(web, value), 'targetPort', value, /from 1 to 65535$/);
    }
    refuses(() => withTargetPort(web, 80), 'targetPort', 80, /other than the public port \(80\)$/);
  });

  it('closes no port that would be its public one', () => {
    const bound = checkPublication('', { port: 80, targetPort: 8443, targetAddress: '192.0.2.8' }, ['ipv4']);
    refuses(() => withPort(bound, 8443), 'direct', 'closed', /give 'open'/);
    refuses(() => withTargetPort(bound, 80), 'direct', 'closed', /give 'open'/);
  });
});
