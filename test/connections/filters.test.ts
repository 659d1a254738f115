import assert from 'node:assert/strict';
import { cutBy, leftBehind, mayTakeAnyAlong, unansweredOn, usersOf } from '../../lib/connections/filters';
import type { Entry } from '../../lib/model/entry';
import { loopback } from '../../lib/model/loopback';
import { markDrop } from '../../lib/model/mark-drop';
import { checkPublication, entriesOf, type Publication, type PublishOptions } from '../../lib/model/publication';
import { redirect } from '../../lib/model/redirect';

const publication = (options: Partial<PublishOptions> = {}): Publication =>
  checkPublication('', { name: 'web', port: 8445, targetPort: 8443, ...options }, ['ipv4', 'ipv6']);

const entries = (...all: Partial<PublishOptions>[]): Entry[] =>
  all.flatMap((options) => entriesOf(publication(options)));

describe('The connections that entries end', () => {
  it('are the direct ones to ports that close to existing ones as well', () => {
    const rules = [
      markDrop({ port: 8443 }),
      redirect({ port: 8445, targetPort: 8443 }),
      markDrop({ port: '8000-8010', established: 'drop' }),
      markDrop({ port: 8011, established: 'drop', deny: 'reject' }),
      markDrop({ port: 9000, established: 'drop' }),
      markDrop({ protocol: 'udp', port: 53, direct: 'local', established: 'drop', family: 'ipv6' }),
    ];
    assert.deepEqual(cutBy(rules.map((rule) => ({ rule }))), [
      {
        protocol: 'tcp',
        translated: false,
        ports: [
          [8000, 8011],
          [9000, 9000],
        ],
      },
      { protocol: 'udp', family: 'ipv6', translated: false, ports: [[53, 53]], from: 'outside' },
    ]);
  });
});

describe('The clients that entries take along', () => {
  const unanswered = { protocol: 'udp', translated: false, unanswered: true } as const;
  const of = (...all: Partial<PublishOptions>[]) => unansweredOn(entries(...all));

  it('are those of UDP ports that are redirected, and none of TCP', () => {
    assert.deepEqual(of({}), []);
    assert.deepEqual(of({ protocol: 'udp' }), [{ ...unanswered, ports: [[8445, 8445]] }]);
    assert.deepEqual(unansweredOn([{ rule: markDrop({ protocol: 'udp', port: 8443 }) }]), []);
  });

  it('are told apart by where they come from, where the host has no redirect of its own', () => {
    assert.deepEqual(of({ protocol: 'udp', loopback: false }), [
      { ...unanswered, ports: [[8445, 8445]], from: 'outside' },
    ]);
    const rule = loopback({ protocol: 'udp', port: '53-54', targetPort: 5353 });
    assert.deepEqual(unansweredOn([{ rule }]), [{ ...unanswered, ports: [[53, 54]], from: 'host' }]);
  });

  it('are told apart by address and family, and put together where both are the same', () => {
    const ports = [
      { name: 'a', protocol: 'udp', port: 100 },
      { name: 'b', protocol: 'udp', port: '101-110' },
      { name: 'c', protocol: 'udp', port: 53, destination: '192.0.2.7', loopback: false },
    ] as const;
    assert.deepEqual(of(...ports), [
      { ...unanswered, ports: [[100, 110]] },
      { ...unanswered, family: 'ipv4', destination: '192.0.2.7', ports: [[53, 53]], from: 'outside' },
    ]);
    const rule = redirect({ protocol: 'udp', port: 1, targetPort: 2, family: 'ipv6' });
    assert.deepEqual(unansweredOn([{ rule }]), [{ ...unanswered, family: 'ipv6', ports: [[1, 1]], from: 'outside' }]);
  });

  it('are looked for after changes that may have some', () => {
    const change = (added: readonly Entry[]) => ({ added, removed: [] });
    assert.equal(mayTakeAnyAlong(change(entries({}))), false);
    assert.equal(mayTakeAnyAlong(change(entries({}, { name: 'dns', protocol: 'udp', port: 53 }))), true);
    assert.equal(mayTakeAnyAlong({ added: [], removed: entries({ protocol: 'udp' }) }), false);
  });
});

describe('The connections that a change leaves behind', () => {
  it('are those of the ports that are given up', () => {
    assert.deepEqual(leftBehind(publication({ port: '8000-8010' }), publication({ port: '8005-8020' })), {
      protocol: 'tcp',
      translated: true,
      targetPort: 8443,
      ports: [[8000, 8010]],
      exceptPorts: [[8005, 8020]],
    });
  });

  it('are those of every port where the target is another one, at the address that was published', () => {
    const at = { destination: '192.0.2.7', targetAddress: '192.0.2.8' };
    assert.deepEqual(leftBehind(publication(at), publication({ ...at, targetPort: 9443 })), {
      protocol: 'tcp',
      translated: true,
      targetPort: 8443,
      destination: '192.0.2.7',
      targetAddress: '192.0.2.8',
      ports: [[8445, 8445]],
    });
  });
});

describe('The users of what a published port was', () => {
  const base = { protocol: 'tcp', translated: true, targetPort: 8443 } as const;

  it('are those on its port, as long as it has the same target', () => {
    assert.deepEqual(usersOf(publication(), entries({ port: 8446 })), [
      { ...base, ports: [[8445, 8445]], exceptPorts: [[8446, 8446]] },
    ]);
  });

  it('are those of its target too, from any port that no installed redirect takes there', () => {
    const others = entries(
      { targetPort: 9443 },
      { name: 'a', port: '100-199', direct: 'open' },
      { name: 'b', port: '200-299', direct: 'open' },
      { name: 'c', port: 300, targetPort: 9444 },
    );
    assert.deepEqual(usersOf(publication(), others), [
      { ...base, ports: [[8445, 8445]], exceptPorts: [[100, 299]] },
      {
        ...base,
        exceptPorts: [
          [100, 299],
          [8445, 8445],
        ],
      },
    ]);
    assert.equal(usersOf(publication(), []).length, 2);
  });

  it('are none on a port that has come back', () => {
    assert.deepEqual(usersOf(publication(), entries({})), [
      { ...base, ports: [[8445, 8445]], exceptPorts: [[8445, 8445]] },
    ]);
  });

  it('are those at its own address, whatever is published at others', () => {
    const [onPort, anywhere] = usersOf(
      publication({ destination: '192.0.2.7' }),
      entries({ name: 'b', destination: '192.0.2.8' }),
    );
    assert.deepEqual(onPort, { ...base, destination: '192.0.2.7', ports: [[8445, 8445]], exceptPorts: [] });
    assert.deepEqual(anywhere, { ...base, exceptPorts: [[8445, 8445]] });
  });
});
