import assert from 'node:assert/strict';
import { mock } from 'node:test';
import {
  type Firewall,
  FirewallError,
  type MemoryConnection,
  MemoryKernel,
  markDrop,
  openFirewall,
  redirect,
} from '../../lib';
import { MemorySession } from '../../lib/backends/memory/session';
import { endConnections } from '../../lib/connections/end';

const DIRECT: MemoryConnection = { protocol: 'tcp', port: 8443 };
const OWN: MemoryConnection = { protocol: 'tcp', port: 8443, destination: '127.0.0.1', from: 'host' };
const REDIRECTED: MemoryConnection = { protocol: 'tcp', port: 8445, targetPort: 8443 };
const FLOW: MemoryConnection = { protocol: 'udp', port: 8445, targetPort: 8443 };

describe('Connections of a simulated kernel', () => {
  let kernel: MemoryKernel;
  let firewall: Firewall;

  beforeEach(async () => {
    kernel = new MemoryKernel();
    firewall = await openFirewall({ backend: 'memory', kernel });
  });

  afterEach(() => firewall.close());

  it('end when the port they go to closes, if they are to, and no others do', async () => {
    kernel.connections = [DIRECT, OWN, REDIRECTED, FLOW];
    await firewall.publish({ name: 'keep', port: 8446, targetPort: 8443 });
    assert.equal(kernel.connections.length, 4);
    await firewall.clear();
    const local = await firewall.publish({ port: 8445, targetPort: 8443, direct: 'local', established: 'drop' });
    assert.deepEqual(local.applied?.ended, { connections: 1 });
    assert.deepEqual(kernel.connections, [OWN, REDIRECTED, FLOW]);
    await firewall.clear();
    const { ended } = await firewall.update({ add: [markDrop({ port: '8000-9000', established: 'drop' })] });
    assert.deepEqual(ended, { connections: 1 });
    assert.deepEqual(kernel.connections, [REDIRECTED, FLOW]);
  });

  it('end with a rollback that closes their port again', async () => {
    const web = await firewall.publish({ name: 'web', port: 8445, targetPort: 8443, established: 'drop' });
    const withdrawn = await web.withdraw();
    kernel.connections = [DIRECT];
    assert.deepEqual((await withdrawn.rollback()).ended, { connections: 1 });
  });

  it('stay where one call closes their port and another that shares its commit opens it', async () => {
    await firewall.update({ add: [markDrop({ port: 9000 })] });
    kernel.connections = [DIRECT];
    const closing = markDrop({ port: 8443, established: 'drop' });
    const first = firewall.update({ add: [markDrop({ port: 9001 })] });
    const [closed, opened] = await Promise.all([
      firewall.update({ add: [closing] }),
      firewall.update({ remove: [closing] }),
      first,
    ]);
    assert.deepEqual([closed.ended, opened.ended], [{ connections: 0 }, { connections: 0 }]);
    assert.deepEqual(kernel.connections, [DIRECT]);
  });

  it('follow where they are UDP and asked to', async () => {
    const web = await firewall.publish({ protocol: 'udp', port: 8445, targetPort: 8443 });
    kernel.connections = [FLOW, REDIRECTED];
    await web.retarget(9443);
    assert.equal(kernel.connections.length, 2);
    await web.retarget(8443);
    assert.deepEqual((await web.move(8446, { flows: 'follow' })).ended, { connections: 1 });
    assert.deepEqual(kernel.connections, [REDIRECTED]);
  });

  describe('that were never answered', () => {
    const SENT: MemoryConnection = { protocol: 'udp', port: 53, answered: false };
    const DNS = { name: 'dns', protocol: 'udp', port: 53, targetPort: 5353 } as const;

    it('begin anew when their port is published, and no others do', async () => {
      const others: MemoryConnection[] = [
        { protocol: 'udp', port: 53 },
        { ...SENT, port: 54 },
        { ...SENT, protocol: 'tcp' },
        { ...SENT, targetPort: 5354 },
      ];
      kernel.connections = [SENT, { ...SENT, destination: '2001:db8::1' }, { ...SENT, from: 'host' }, ...others];
      const dns = await firewall.publish(DNS);
      assert.deepEqual(dns.applied?.ended, { connections: 0 });
      assert.deepEqual(kernel.connections, others);
      await dns.move(54);
      assert.deepEqual(kernel.connections, [others[0], others[2], others[3]]);
    });

    it('begin anew with every call that redirects their port', async () => {
      const rule = redirect({ protocol: 'udp', port: 53, targetPort: 5353 });
      const calls: Record<string, () => Promise<unknown>> = {
        publishAll: () => firewall.publishAll([DNS]),
        apply: () => firewall.apply([rule]),
        update: () => firewall.update({ add: [rule] }),
        restore: () => firewall.restore({ rules: ['redirect udp 53>5353'] }),
        rollback: async () => {
          await firewall.apply([rule]);
          const cleared = await firewall.clear();
          kernel.connections = [SENT];
          await cleared.rollback();
        },
      };
      for (const [name, call] of Object.entries(calls)) {
        await firewall.clear();
        kernel.connections = [SENT];
        await call();
        assert.deepEqual(kernel.connections, [], name);
      }
    });

    it("stay with flows: 'stay', those of other published ports apart", async () => {
      const syslog = { ...DNS, name: 'syslog', port: 514, targetPort: 5514 };
      const both = [SENT, { ...SENT, port: 514 }];
      kernel.connections = both;
      await firewall.publish({ ...DNS, flows: 'stay' });
      assert.deepEqual(kernel.connections, both);
      await firewall.clear();
      await firewall.publishAll([{ ...DNS, flows: 'stay' }, syslog]);
      assert.deepEqual(kernel.connections, [SENT]);
    });

    it('of this host stay where a port is for others alone', async () => {
      kernel.connections = [{ ...SENT, from: 'host' }, SENT];
      await firewall.publish({ ...DNS, loopback: false });
      assert.deepEqual(kernel.connections, [{ ...SENT, from: 'host' }]);
    });

    it('begin anew in one pass for calls that share a commit, and each learns why they do not', async () => {
      let passes = 0;
      const failing = mock.method(MemorySession.prototype, 'cutConnections', async () => {
        passes += 1;
        throw new Error('no table');
      });
      try {
        const first = firewall.publish({ port: 1, targetPort: 2 });
        const calls = [53, 54, 55].map((port) =>
          firewall.publish({ ...DNS, name: `dns-${port}`, port, flows: port === 55 ? 'stay' : 'follow' }),
        );
        const ended = (await Promise.all([first, ...calls])).map(({ applied }) => applied?.ended);
        assert.deepEqual(
          ended.map((one) => one?.error?.code),
          [undefined, 'ERR_INTERNAL', 'ERR_INTERNAL', undefined],
        );
        assert.match(ended[1]?.error?.message ?? '', /^taking along the clients that were there before: .*no table/);
        assert.equal(passes, 1);
      } finally {
        failing.mock.restore();
      }
    });
  });

  it('are waited for', async () => {
    const web = await firewall.publish({ name: 'web', port: 8445, targetPort: 8443 });
    kernel.connections = [REDIRECTED, { ...REDIRECTED, targetPort: 9443 }];
    await web.retarget(9443);
    const seen: number[] = [];
    for await (const left of web.draining({ interval: 10 })) {
      seen.push(left);
      if (seen.length === 2) kernel.connections.shift();
    }
    assert.deepEqual(seen, [1, 1, 0]);
    await assert.rejects(
      async () => {
        kernel.connections = [REDIRECTED];
        await web.drained({ timeout: 20 });
      },
      { code: 'ERR_TIMEOUT', left: 1 },
    );
  });

  it('are not waited for by a handle that has given up nothing', async () => {
    const published = await firewall.publish({ name: 'web', port: 8445, targetPort: 8443 });
    const [found] = await firewall.published();
    for (const web of [published, found]) {
      assert.ok(web);
      assert.throws(() => web.draining(), { code: 'ERR_NOT_FOUND', field: 'name', value: 'web' });
      await assert.rejects(web.drained(), { code: 'ERR_NOT_FOUND' });
      assert.throws(() => web.draining({ timeout: -1 }), { code: 'ERR_INVALID_ARGUMENT', field: 'timeout' });
    }
  });

  it('leave a wait that is under way when the firewall is closed', async () => {
    const web = await firewall.publish({ port: 8445, targetPort: 8443 });
    kernel.connections = [REDIRECTED];
    await web.move(8446);
    const waiting = web.drained({ interval: 10 });
    setTimeout(() => void firewall.close(), 30);
    await assert.rejects(waiting, { code: 'ERR_CLOSED' });
  });

  it('keep the kernel tracking while one of them is translated', async () => {
    const session = new MemorySession(kernel);
    kernel.connections = [DIRECT];
    assert.equal(await session.hasTranslatedConnections(), false);
    kernel.connections = [REDIRECTED];
    assert.equal(await session.hasTranslatedConnections(), true);
  });
});

describe('Connections that cannot be ended', () => {
  it('leave the change as it is, and the first reason why', async () => {
    const reasons = [new FirewallError('ERR_UNSUPPORTED', 'no SOCK_DESTROY'), new Error('no')];
    let calls = 0;
    const cut = async () => {
      calls += 1;
      if (calls === 1) return { ended: 2, waiting: 0 };
      throw reasons[calls - 2];
    };
    const filter = { protocol: 'tcp', translated: false } as const;
    const table = { watch: () => async () => 0, cut };
    const both = [filter, { ...filter, protocol: 'udp' } as const, filter];
    assert.deepEqual(await endConnections(table, both), { connections: 2, error: reasons[0] });
    assert.equal(calls, 2);
    const { error } = await endConnections({ ...table, cut: () => Promise.reject(reasons[1]) }, [filter]);
    assert.deepEqual([error?.code, error?.cause], ['ERR_INTERNAL', reasons[1]]);
    assert.deepEqual(await endConnections(table, []), { connections: 0 });
  });

  it('are told as such where MPTCP keeps them waiting', async () => {
    const table = (errnoName: string) => ({
      watch: () => async () => 0,
      cut: async () => ({ ended: 1, waiting: 2, errnoName }),
    });
    const filter = { protocol: 'tcp', translated: false } as const;
    for (const [errno, code] of [
      ['EPERM', 'ERR_PERMISSION'],
      ['ENOSYS', 'ERR_UNSUPPORTED'],
    ] as const) {
      const { connections, error } = await endConnections(table(errno), [filter]);
      assert.deepEqual([connections, error?.code, error?.errno], [1, code, errno]);
      assert.match(error?.message ?? '', /^ending connections: 2 MPTCP connections are cut off .*CAP_SYS_PTRACE/);
    }
  });
});
