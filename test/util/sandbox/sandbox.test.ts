import assert from 'node:assert/strict';
import type { constants } from 'node:os';
import { CommandLine } from '../../cli/command-line';
import { Forbid, type Forbidden } from './forbid';

type Errno = keyof typeof constants.errno;

/** As `RestrictAddressFamilies=` answers, `SystemCallFilter=`, and filters that hide that a call exists. */
const ERRNOS: readonly Errno[] = ['EAFNOSUPPORT', 'EPERM', 'ENOSYS'];

const WITHOUT = (capabilities: string) => ['setpriv', '--bounding-set', capabilities, '--'];

describe('A sandbox', () => {
  let forbid: Forbid;
  let cli: CommandLine;

  before(async () => {
    forbid = await Forbid.build();
    cli = await CommandLine.create();
  });
  afterEach(async () => {
    // The first one warns of the rules that are still in the other.
    for (const backend of ['iptc', 'nft']) assert.equal((await cli.run(`clear --backend ${backend}`)).code, 0);
  });
  after(async () => {
    await cli?.remove();
    forbid?.remove();
  });

  const refused = async (args: string, errno: Errno, ...forbidden: readonly Forbidden[]) => {
    const error = await cli.failsWithJson(1, args, { under: forbid.under(errno, ...forbidden) });
    assert.equal(error['code'], 'ERR_PERMISSION');
    // Of both backends together there is none.
    if (!args.includes('auto')) assert.equal(error['errno'], errno);
    return String(error['message']);
  };

  for (const errno of ERRNOS) {
    it(`that forbids AF_NETLINK sockets with ${errno} is what nft names`, async () => {
      for (const command of ['list', 'publish 8445:8443']) {
        const message = await refused(`${command} --backend nft`, errno, 'AF_NETLINK');
        assert.match(
          message,
          /^opening the firewall: socket: .*; a sandbox \(a seccomp filter is on: .*\) forbids this process AF_NETLINK/,
        );
        assert.match(message, /add AF_NETLINK to RestrictAddressFamilies= and @network-io to SystemCallFilter=/);
        assert.doesNotMatch(message, /modprobe|CAP_NET_ADMIN/);
      }
    });

    it(`that forbids AF_INET or AF_INET6 sockets with ${errno} is what iptc names, and nothing changes`, async () => {
      for (const family of ['AF_INET', 'AF_INET6'] as const) {
        const message = await refused('publish 8445:8443', errno, family);
        assert.match(message, new RegExp(`add ${family} to RestrictAddressFamilies=`));
        assert.doesNotMatch(message, /modprobe|CAP_NET_ADMIN/);
      }
      assert.equal(await cli.kernel(), '');
    });

    it(`that forbids AF_NETLINK sockets with ${errno} is what is named where connections go on`, async () => {
      const under = forbid.under(errno, 'AF_NETLINK');
      const { code, stderr } = await cli.run('publish 8445:8443 --established drop', { under });
      assert.match(
        stderr,
        /^portshift: the change is made, but not for every connection: .* forbids this process AF_NETLINK sockets/,
      );
      assert.equal(code, 0);
    });
  }

  it('that forbids AF_UNIX sockets is what confirming and watching name', async () => {
    const file = { input: 'published: [{ port: 8445, targetPort: 8443 }]' };
    for (const errno of ['EAFNOSUPPORT', 'EPERM'] as const) {
      const under = forbid.under(errno, 'AF_UNIX');
      const watch = await cli.failsWithJson(1, 'watch', { under });
      assert.equal(watch['code'], 'ERR_PERMISSION');
      assert.match(String(watch['message']), /add AF_UNIX to RestrictAddressFamilies=/);
      const apply = await cli.failsWithJson(1, 'apply - --confirm-within 30s', { under, ...file });
      assert.equal(apply['code'], 'ERR_GUARDIAN');
      assert.match(String(apply['message']), /add AF_UNIX to RestrictAddressFamilies= .*; nothing was changed$/);
      assert.equal(await cli.kernel(), '');
      assert.deepEqual((await cli.data('list', { under }))['published'], []);
    }
  });

  it('that forbids a call that a capability would allow is told from the want of it', async () => {
    assert.match(
      await refused('publish 8445:8443', 'EPERM', 'getsockopt'),
      /forbids this process the call getsockopt, .* add getsockopt to SystemCallFilter=/,
    );
    assert.match(
      await refused('list --backend nft', 'EPERM', 'sendmsg'),
      /the call sendmsg, .* add sendmsg to SystemCallFilter=/,
    );
    const netns = `list --backend nft --netns ${cli.namespace.path}`;
    assert.match(await refused(netns, 'EPERM', 'setns'), /the call setns, .* take RestrictNamespaces= away/);
  });

  it('does not hide that a capability is missing', async () => {
    for (const backend of ['nft', 'iptc']) {
      const under = [...WITHOUT('-net_admin,-net_raw'), ...forbid.under('EPERM', 'setns')];
      const error = await cli.failsWithJson(1, `publish 8445:8443 --backend ${backend}`, { under });
      assert.equal(error['code'], 'ERR_PERMISSION');
      assert.match(String(error['message']), /CAP_NET_ADMIN/);
      assert.doesNotMatch(String(error['message']), /sandbox/);
    }
    const under = [...WITHOUT('-sys_admin'), ...forbid.under('EPERM', 'bind')];
    const error = await cli.failsWithJson(1, `list --netns ${cli.namespace.path}`, { under });
    assert.match(String(error['message']), /; entering a namespace takes CAP_SYS_ADMIN$/);
  });

  it('is told from a kernel that lacks the part', async () => {
    const nft = await cli.failsWithJson(1, 'list --backend nft', {
      under: forbid.under('EPROTONOSUPPORT', 'AF_NETLINK'),
    });
    assert.equal(nft['code'], 'ERR_BACKEND_UNAVAILABLE');
    assert.match(String(nft['message']), /this kernel has no nf_tables loaded/);
    const iptc = await cli.failsWithJson(1, 'publish 8445:8443', { under: forbid.under('ENOPROTOOPT', 'getsockopt') });
    assert.equal(iptc['code'], 'ERR_BACKEND_UNAVAILABLE');
    assert.match(String(iptc['message']), /this kernel has no legacy tables loaded/);
  });

  it('that hides nf_tables does not make auto take iptc, unless the owner has its rules there', async () => {
    const auto = 'list --backend auto';
    const message = await refused(auto, 'EAFNOSUPPORT', 'AF_NETLINK');
    assert.match(message, /^backend: this owner's rules may be in nft, where this process may not look .*AF_NETLINK/);
    await cli.done('publish 8445:8443');
    const list = await cli.data(auto, { under: forbid.under('EAFNOSUPPORT', 'AF_NETLINK') });
    assert.deepEqual([list['backend'], list['backendReason']], ['iptc', 'this owner has its rules there']);
  });

  it('that hides nf_tables is no reason not to take iptc where the kernel has none', async () => {
    const list = await cli.data('list --backend auto', { under: forbid.under('EPROTONOSUPPORT', 'AF_NETLINK') });
    assert.deepEqual([list['backend'], list['backendReason']], ['iptc', 'nft cannot be used here']);
  });

  it('that forbids both is told of both', async () => {
    const message = await refused('list --backend auto', 'EAFNOSUPPORT', 'AF_NETLINK', 'AF_INET');
    assert.match(message, /^backend: none can be used here; nft: .*AF_NETLINK.*; iptc: .*AF_INET /);
  });

  it('does not keep the doctor from looking at the rest', async () => {
    await cli.done('publish 8445:8443 --backend nft');
    const doctor = async (...forbidden: readonly Forbidden[]) => {
      const { stdout } = await cli.run('doctor --backend auto', { under: forbid.under('EAFNOSUPPORT', ...forbidden) });
      return stdout;
    };
    const withoutNetlink = await doctor('AF_NETLINK');
    assert.match(withoutNetlink, /^PROBLEM {2}nft cannot be used: .*AF_NETLINK/m);
    assert.match(withoutNetlink, /^ok {7}iptc can be used$/m);
    assert.match(withoutNetlink, /^warning {2}not looked at: what is published: backend: .*AF_NETLINK/m);
    const withoutInet = await doctor('AF_INET');
    assert.match(withoutInet, /^note {5}iptc cannot be used: .*AF_INET /m);
    assert.match(withoutInet, /^ok {7}nft is chosen: this owner has its rules there$/m);
  });
});
