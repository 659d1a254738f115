import assert from 'node:assert/strict';
import { Conflicts } from '../../lib/model/conflict';
import { type Entry, entryKey } from '../../lib/model/entry';
import { loopback } from '../../lib/model/loopback';
import { markDrop } from '../../lib/model/mark-drop';
import { redirect } from '../../lib/model/redirect';
import type { Rule } from '../../lib/model/rule';
import { FirewallError } from '../../lib/util/errors';

const A = '192.0.2.7';
const B = '192.0.2.8';

function check(installed: Entry, wanted: Entry): string | undefined {
  const conflicts = new Conflicts();
  conflicts.add(installed);
  try {
    conflicts.check(wanted);
    return undefined;
  } catch (error) {
    assert.ok(error instanceof FirewallError, String(error));
    assert.equal(error.code, 'ERR_CONFLICT');
    assert.deepEqual([error.field, error.value], ['port', wanted.rule.port]);
    assert.equal(error.operation, entryKey(wanted));
    return error.message;
  }
}

/** Both ways round, as order never matters. */
function conflict(one: Rule, other: Rule, message: RegExp): void {
  assert.match(check({ rule: one }, { rule: other }) ?? 'no conflict', message);
  assert.match(check({ rule: other }, { rule: one }) ?? 'no conflict', message);
}

function noConflict(one: Rule, other: Rule): void {
  assert.equal(check({ rule: one }, { rule: other }), undefined);
  assert.equal(check({ rule: other }, { rule: one }), undefined);
}

describe('Two redirects', () => {
  const to = (options: object) => redirect({ port: 80, targetPort: 8443, ...options });

  it('cannot share a port, also where only ranges overlap', () => {
    conflict(to({}), to({ targetPort: 9443 }), /^tcp port 80 is taken by the installed rule "redirect tcp 80>/);
    conflict(to({ port: '70-80' }), to({ port: '80-90' }), /choose another public port, withdraw that one/);
    conflict(to({ port: '70-90' }), to({}), /is taken by/);
    conflict(to({}), to({ destination: A }), /is taken by/);
    conflict(to({ destination: A }), to({ interface: 'eth0' }), /is taken by/);
    conflict(to({ family: 'ipv4' }), to({ targetPort: 1 }), /is taken by/);
  });

  it('can where no packet could take both', () => {
    noConflict(to({}), to({ port: 81 }));
    noConflict(to({}), to({ protocol: 'udp' }));
    noConflict(to({ destination: A }), to({ destination: B }));
    noConflict(to({ interface: 'eth0' }), to({ interface: 'eth1' }));
    noConflict(to({ family: 'ipv4' }), to({ family: 'ipv6' }));
    noConflict(to({ destination: A }), to({ destination: '2001:db8::7' }));
  });
});

describe('Two loopback redirects', () => {
  const to = (options: object) => loopback({ port: 80, targetPort: 8443, ...options });

  it('cannot take the same clients two ways: 127.0.0.1 belongs to both', () => {
    conflict(to({}), to({ targetPort: 9443 }), /publish one of the two with loopback: false$/);
    conflict(to({ destination: A }), to({ destination: B, targetPort: 9443 }), /loopback addresses belong to both/);
    conflict(to({}), to({ targetAddress: A }), /already reach/);
  });

  it('can take them the same way, or others', () => {
    noConflict(to({ destination: A }), to({ destination: B }));
    noConflict(to({}), to({ port: 81, targetPort: 9443 }));
    noConflict(to({}), to({ protocol: 'udp', targetPort: 9443 }));
    noConflict(to({ family: 'ipv4' }), to({ family: 'ipv6', targetPort: 9443 }));
  });
});

describe('A closed port', () => {
  it('cannot be public as well', () => {
    const message = /tcp port 80 would be public in .* and closed as the target port of .* direct: 'open'/;
    conflict(markDrop({ port: 80 }), redirect({ port: 80, targetPort: 8443 }), message);
    conflict(markDrop({ port: 80 }), loopback({ port: 80, targetPort: 8443 }), message);
    conflict(markDrop({ port: '70-90' }), redirect({ port: 80, targetPort: 8443 }), /would be public/);
    conflict(markDrop({ port: 85 }), redirect({ port: '80-90', targetPort: 8443 }), /tcp port 80-90 would be public/);
  });

  it('may be closed twice, and may be the target of any', () => {
    noConflict(markDrop({ port: 8443 }), markDrop({ port: 8443, deny: 'reject' }));
    noConflict(markDrop({ port: 8443 }), redirect({ port: 80, targetPort: 8443 }));
    noConflict(markDrop({ port: 80 }), redirect({ protocol: 'udp', port: 80, targetPort: 8443 }));
    noConflict(markDrop({ port: 80, family: 'ipv4' }), redirect({ port: 80, targetPort: 8443, family: 'ipv6' }));
  });
});

describe('A target port', () => {
  it('cannot be the public port of another: no connection is redirected twice', () => {
    const message =
      /the target port 8443 of .* is the public port of .*; a redirected connection is not redirected again/;
    conflict(redirect({ port: 80, targetPort: 8443 }), redirect({ port: 8443, targetPort: 9443 }), message);
    conflict(loopback({ port: 80, targetPort: 8443 }), loopback({ port: 8443, targetPort: 9443 }), message);
    conflict(redirect({ port: 80, targetPort: 8443 }), redirect({ port: '8000-9000', targetPort: 1 }), message);
  });

  it('can at another address', () => {
    const elsewhere = redirect({ port: 80, targetPort: 8443, targetAddress: B });
    noConflict(elsewhere, redirect({ port: 8443, targetPort: 9443, family: 'ipv4' }));
    noConflict(
      redirect({ port: 80, targetPort: 8443, destination: A }),
      redirect({ port: 8443, targetPort: 9443, destination: B }),
    );
  });

  it('may be shared', () => {
    noConflict(redirect({ port: 80, targetPort: 8443 }), redirect({ port: 81, targetPort: 8443 }));
  });
});

describe('A conflict', () => {
  it('names the published port that has the port', () => {
    const web = { name: 'web', rule: redirect({ port: 80, targetPort: 8443 }) };
    const message = check(web, { name: 'api', rule: redirect({ port: '80-81', targetPort: 9443 }) });
    assert.match(message ?? '', /^tcp port 80-81 is taken by the published port "web" \(port 80\)/);
  });

  it('ends when the other is gone', () => {
    const conflicts = new Conflicts();
    const entry = { rule: redirect({ port: '80-90', targetPort: 8443 }) };
    conflicts.add(entry);
    conflicts.delete(entry);
    conflicts.check({ rule: redirect({ port: 80, targetPort: 9443 }) });
    conflicts.check({ rule: markDrop({ port: 80 }) });
  });
});
