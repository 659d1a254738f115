import assert from 'node:assert/strict';
import type { PublishOptions } from '../../lib';
import { type ContractPart, changeOf, refused, rulesOf, rulesOfPort } from './fixture';

const GIVEN = { port: 8445, targetPort: 8443 };

const EVERYTHING: PublishOptions = {
  name: 'dns@home',
  protocol: 'udp',
  port: '53-54',
  targetPort: 5353,
  destination: '192.0.2.7',
  interface: 'eth0',
  targetAddress: '192.0.2.8',
  direct: 'local',
  deny: 'reject',
  established: 'drop',
  loopback: true,
};

export const publishPart: ContractPart = (fixture) => {
  describe('publish()', () => {
    it('installs a redirect, a closed target port and a loopback redirect', async () => {
      const firewall = await fixture().open();
      const web = await firewall.publish(GIVEN);
      assert.deepEqual(await rulesOf(firewall), rulesOfPort(8445, 8443));
      assert.deepEqual([web.name, web.protocol, web.port, web.targetPort], ['tcp/8445', 'tcp', 8445, 8443]);
      assert.equal(web.applied?.added.length, 3);
      assert.equal(web.applied?.removed.length, 0);
    });

    it('takes every option, and reads each back', async () => {
      const firewall = await fixture().open();
      const dns = await firewall.publish(EVERYTHING);
      assert.deepEqual(dns.options, EVERYTHING);
      const [status] = await firewall.status();
      assert.deepEqual(status, { ...EVERYTHING, connections: 0, denied: 0 });
    });

    it('installs no rule for what is not asked for', async () => {
      const firewall = await fixture().open();
      await firewall.publish({ ...GIVEN, name: 'web', direct: 'open', loopback: false });
      assert.deepEqual(await rulesOf(firewall), ['redirect tcp 8445>8443 name=web opt=open,nolo']);
    });

    it('takes addresses of either family', async () => {
      const firewall = await fixture().open();
      await firewall.publish({ ...GIVEN, name: 'v6', destination: '2001:DB8::7', loopback: false });
      await firewall.publish({ ...GIVEN, name: 'v4', destination: '192.0.2.7', loopback: false });
      assert.deepEqual((await firewall.published()).map(({ name, options }) => [name, options.destination]).sort(), [
        ['v4', '192.0.2.7'],
        ['v6', '2001:db8::7'],
      ]);
    });

    it('of what is published already changes nothing', async () => {
      const firewall = await fixture().open();
      await firewall.publish(EVERYTHING);
      const before = await fixture().dump();
      const again = await firewall.publish({ ...EVERYTHING, port: '53-54' });
      assert.deepEqual(again.applied && changeOf(again.applied), []);
      assert.equal(await fixture().dump(), before);
      const later = await fixture().open();
      const handle = await later.publish(EVERYTHING);
      assert.deepEqual(handle.applied && changeOf(handle.applied), []);
    });

    it('refuses a name that is taken', async () => {
      const firewall = await fixture().open();
      await firewall.publish({ ...GIVEN, name: 'web' });
      for (const other of [
        { port: 1, targetPort: 2 },
        { ...GIVEN, deny: 'reject' },
        { ...GIVEN, loopback: false },
      ] as const) {
        await refused(fixture(), () => firewall.publish({ ...other, name: 'web' }), {
          code: 'ERR_CONFLICT',
          field: 'name',
          message: /^name: "web" is published already, with other options; move, retarget or withdraw that one/,
        });
      }
    });

    it('refuses a port that is taken, by a published port or by a rule', async () => {
      const firewall = await fixture().open();
      await firewall.publish({ ...GIVEN, name: 'web' });
      for (const port of [8445, '8440-8450', '8445-8446'] as const) {
        await refused(fixture(), () => firewall.publish({ port, targetPort: 9443 }), {
          code: 'ERR_CONFLICT',
          field: 'port',
          message: /is taken by the published port "web" \(port 8445\); choose another public port/,
        });
      }
      await firewall.publish({ ...GIVEN, name: 'udp', protocol: 'udp' });
    });

    it('refuses a public port that is a closed target, and the other way round', async () => {
      const firewall = await fixture().open();
      await firewall.publish({ ...GIVEN, name: 'web' });
      const message = /would be public in .* and closed as the target port of/;
      await refused(fixture(), () => firewall.publish({ port: 8443, targetPort: 1 }), {
        code: 'ERR_CONFLICT',
        message,
      });
      await refused(fixture(), () => firewall.publish({ port: 1, targetPort: 8445 }), { code: 'ERR_CONFLICT' });
    });

    it('checks every option before anything is touched', async () => {
      const firewall = await fixture().open();
      const wrong: readonly [field: string, options: object][] = [
        ['port', { port: 0 }],
        ['port', { port: '9-1' }],
        ['targetPort', { targetPort: 65536 }],
        ['targetPort', { targetPort: 8445 }],
        ['name', { name: '8445' }],
        ['name', { name: null }],
        ['protocol', { protocol: 'sctp' }],
        ['destination', { destination: 'localhost' }],
        ['interface', { interface: 'lo' }],
        ['targetAddress', { targetAddress: '127.0.0.1' }],
        ['direct', { direct: 'maybe' }],
        ['deny', { deny: 'no' }],
        ['established', { established: true }],
        ['loopback', { loopback: 'yes' }],
        ['publish.family', { family: 'ipv4' }],
      ];
      for (const [field, options] of wrong) {
        const call = () => firewall.publish({ ...GIVEN, ...options });
        await refused(fixture(), call, { code: 'ERR_INVALID_ARGUMENT', field });
      }
    });
  });
};
