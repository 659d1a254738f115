import assert from 'node:assert/strict';
import { guardRules } from '../../../lib/backends/iptc/guards';
import { loopback } from '../../../lib/model/loopback';
import { markDrop } from '../../../lib/model/mark-drop';
import { redirect } from '../../../lib/model/redirect';
import type { Rule } from '../../../lib/model/rule';
import type { Family, TableRule } from '../../../lib/model/table-rule';
import { iptablesText } from '../support/iptables-text';
import { fateOf, type Probe } from '../support/packet-walk';
import { finish, Simulation } from '../support/simulation';
import { stepTextsOf } from '../support/step-text';

const FAMILIES: readonly Family[] = ['ipv4', 'ipv6'];
const WEB = redirect({ port: 80, targetPort: 8443 });
const FOREIGN: TableRule = { protocol: 'tcp', matches: [], target: { target: 'ACCEPT' } };
const COUNTERS = { packets: 0, bytes: 0 };

let tables: Simulation;

/** The rules of the chain of redirects, to look at and to tamper with. */
function pre(family: Family) {
  const rules = tables.kernel.chains({ family, table: 'nat' }).get('portshift.pre');
  assert.ok(rules !== undefined);
  return rules;
}

/** `guard`, `foreign`, and what is left of a chain by the ports that they are about. */
function order(family: Family): string[] {
  const guards = guardRules(family).map(iptablesText);
  return pre(family).map(({ rule }) => {
    const text = iptablesText(rule);
    const guard = guards.indexOf(text);
    if (guard >= 0) return `guard ${guard}`;
    return text === iptablesText(FOREIGN) ? 'foreign' : (/--dport (\S+)/.exec(text)?.[1] ?? text);
  });
}

const damage = () => finish(tables.read().damage());
const install = (...rules: Rule[]) => tables.become(rules.map((rule) => ({ rule })));

/** Repairs once, and checks that nothing more is to be done. */
async function assertRepaired(...expected: string[]): Promise<void> {
  await tables.repair();
  for (const family of FAMILIES) assert.deepEqual(order(family), expected);
  assert.deepEqual(damage(), []);
  assert.deepEqual(tables.plan({ added: [], removed: [] }), []);
}

beforeEach(async () => {
  tables = new Simulation();
  await install(WEB);
});

describe('The guards of the redirects', () => {
  it('take out what is not for this host, and what has a socket, whatever the type of the address', () => {
    const socket = '-p tcp ! --syn -m socket -j RETURN';
    const ofTheInterface = '-m addrtype ! --dst-type LOCAL --limit-iface-in -j RETURN';
    assert.deepEqual(guardRules('ipv4').map(iptablesText), [
      `-m addrtype ! --dst-type LOCAL,BROADCAST,ANYCAST,MULTICAST ${ofTheInterface}`,
      socket,
    ]);
    assert.deepEqual(guardRules('ipv6').map(iptablesText), [
      `-m addrtype ! --dst-type LOCAL,ANYCAST -m addrtype ! --dst-type MULTICAST ${ofTheInterface}`,
      socket,
    ]);
  });

  it('come with the first redirect, before it, and go with the last one, in one commit', async () => {
    tables = new Simulation();
    const [first, ...others] = stepTextsOf('ipv6', await install(WEB, redirect({ port: 81, targetPort: 8443 })));
    assert.match(first ?? '', /^nat: new pre; .*\+pre redirect tcp 80.*; \^pre guard; \^pre guard$/);
    assert.deepEqual(others, []);
    for (const family of FAMILIES) assert.deepEqual(order(family), ['guard 1', 'guard 0', '80', '81']);
    await install(WEB);
    for (const family of FAMILIES) assert.deepEqual(order(family), ['guard 1', 'guard 0', '80']);
    const last = stepTextsOf('ipv6', await install());
    assert.equal(last.length, 1);
    assert.match(last[0] ?? '', /-pre guard; -pre guard; -PREROUTING jump pre; gone pre$/);
  });

  it('are only where a redirect is, family by family', async () => {
    const rulesIn = (family: Family) => tables.kernel.chains({ family, table: 'nat' }).get('portshift.pre')?.length;
    await install(loopback({ port: 80, targetPort: 8443 }), markDrop({ port: 8443 }));
    assert.deepEqual(FAMILIES.map(rulesIn), [undefined, undefined]);
    await install(redirect({ port: 80, targetPort: 8443, family: 'ipv6' }));
    assert.deepEqual(FAMILIES.map(rulesIn), [undefined, 3]);
    await install(redirect({ port: 80, targetPort: 8443, destination: '192.0.2.7' }));
    assert.deepEqual(FAMILIES.map(rulesIn), [3, undefined]);
  });

  it('stay in front where the chain of redirects grows a tree', async () => {
    tables = new Simulation(undefined, 4);
    const many = Array.from({ length: 12 }, (_, index) => redirect({ port: 80 + index, targetPort: 8443 }));
    await install(...many.slice(0, 2));
    await install(...many);
    for (const family of FAMILIES) assert.deepEqual(order(family).slice(0, 2), ['guard 1', 'guard 0']);
    assert.ok(order('ipv4').some((one) => one === '0:9999'));
    assert.deepEqual(damage(), []);
  });

  it('that are missing are made again in front, and the redirects stay', async () => {
    for (const family of FAMILIES) pre(family).shift();
    assert.deepEqual(
      damage(),
      FAMILIES.map((family) => `a guard of the redirects in ${family} is missing`),
    );
    await assertRepaired('guard 1', 'guard 0', '80');
    for (const family of FAMILIES) pre(family).splice(0, 2);
    assert.equal(damage().length, 2);
    await assertRepaired('guard 1', 'guard 0', '80');
  });

  it('that are left over go', async () => {
    for (const family of FAMILIES) pre(family).pop();
    assert.deepEqual(
      damage().slice(0, 2),
      FAMILIES.map((family) => `a guard of the redirects in ${family} is left over`),
    );
    await tables.repair();
    assert.deepEqual(damage(), []);
    for (const family of FAMILIES) assert.ok(!tables.kernel.chains({ family, table: 'nat' }).has('portshift.pre'));
  });

  for (const [where, tamper, found] of [
    ['above it', (rules: unknown[], foreign: unknown) => rules.unshift(foreign), 2],
    ['between them', (rules: unknown[], foreign: unknown) => rules.splice(1, 0, foreign), 1],
  ] as const) {
    it(`come before a rule of others that was inserted ${where}, which stays`, async () => {
      for (const family of FAMILIES) tamper(pre(family), { rule: FOREIGN, counters: COUNTERS });
      const outOfPlace = damage().filter((line) =>
        line.includes('nat portshift.pre holds a rule that is out of place'),
      );
      assert.equal(outOfPlace.length, found * FAMILIES.length);
      await tables.repair();
      for (const family of FAMILIES) {
        assert.deepEqual(order(family).slice(0, 2).sort(), ['guard 0', 'guard 1']);
        assert.deepEqual(order(family).slice(2), ['foreign', '80']);
      }
      assert.deepEqual(damage(), []);
    });
  }

  it('below a redirect are put before it', async () => {
    for (const family of FAMILIES) pre(family).reverse();
    assert.equal(damage().length, 2 * 3);
    await assertRepaired('guard 1', 'guard 0', '80');
  });

  it('that are doubled are there once, in front, after one repair, wherever the other one is', async () => {
    for (const at of [0, 1, 2, 3]) {
      for (const which of [0, 1]) {
        for (const family of FAMILIES) {
          const rules = pre(family);
          const guard = rules[which];
          assert.ok(guard !== undefined);
          rules.splice(at, 0, guard);
        }
        assert.ok(damage().length > 0);
        await tables.repair();
        for (const family of FAMILIES) {
          assert.deepEqual(order(family).slice(0, 2).sort(), ['guard 0', 'guard 1'], `${which} at ${at}`);
          assert.deepEqual(order(family).slice(2), ['80'], `${which} at ${at}`);
        }
        assert.deepEqual(damage(), [], `${which} at ${at}`);
        // As it is made, for the next one.
        await install();
        await install(WEB);
      }
    }
  });

  it('let no redirect take a packet that is forwarded, or that belongs to an older connection', () => {
    const probe: Probe = {
      family: 'ipv4',
      protocol: 'tcp',
      from: 'eth0',
      address: '192.0.2.7',
      port: 80,
      connection: 'unknown',
    };
    assert.equal(fateOf(tables.kernel, probe), 'direct');
    assert.equal(fateOf(tables.kernel, { ...probe, connection: 'new' }), 'target :8443');
    pre('ipv4').splice(0, 2);
    assert.equal(fateOf(tables.kernel, probe), 'target :8443');
  });
});
