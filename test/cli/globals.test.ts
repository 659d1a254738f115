import assert from 'node:assert/strict';
import { useCommandLine } from './command-line';

describe('The options of every portshift command', () => {
  const cli = useCommandLine();

  const listing = async (command: string) => (await cli().namespace.exec(command)).stdout;

  for (const backend of ['iptc', 'nft'] as const) {
    it(`bind new rules to --families on ${backend}`, async () => {
      const published = await cli().data(`publish 8445:8443 --backend ${backend} --families ipv6`);
      assert.equal((published['published'] as { family?: string }).family, 'ipv6');
      const [web] = (await cli().data(`list --backend ${backend}`))['published'] as { family?: string }[];
      assert.equal(web?.family, 'ipv6');
      if (backend === 'nft') return;
      assert.doesNotMatch(await listing('iptables-legacy-save'), /8445/);
      assert.match(await listing('ip6tables-legacy-save'), /8445/);
    });

    it(`take --families for both on ${backend}`, async () => {
      const published = await cli().data(`publish 8445:8443 --backend ${backend} --families ipv4,ipv6`);
      assert.equal('family' in (published['published'] as object), false);
    });
  }

  it('mark what is denied by --mark, by its own bits alone where no mask is given', async () => {
    await cli().done('publish 8445:8443 --mark 0x20/0x30');
    assert.match(await listing('iptables-legacy-save'), /0x20\/0x30/);
    await cli().done('clear');
    await cli().done('publish 8445:8443 --mark 64');
    assert.match(await listing('ip6tables-legacy-save'), /0x40\/0x40/);
  });

  it('are taken by doctor', async () => {
    const file = `${cli().directory}/held.lock`;
    const holder = cli().namespace.spawn('flock', ['--no-fork', file, 'sh', '-c', 'echo held; exec sleep infinity']);
    await new Promise((resolve) => holder.stdout.once('data', resolve));
    const env = { XTABLES_LOCKFILE: file };
    const nft = await cli().run('doctor --backend auto --lock-timeout 50ms --families ipv4', { env });
    assert.match(nft.stdout, /^note {5}iptc cannot be used: .* held by someone else for 50 ms/m);
    assert.match(nft.stdout, /^ok {7}nft is chosen: /m);
    assert.equal(nft.code, 0);
    const iptc = await cli().run('doctor --backend iptc --lock-timeout 50ms', { env });
    assert.match(iptc.stdout, /^PROBLEM {2}iptc cannot be used: .* for 50 ms/m);
    assert.match(iptc.stdout, /^ok {7}nft can be used$/m);
    assert.match(iptc.stdout, /^warning {2}not looked at: what is published: .* xtables lock/m);
    assert.equal(iptc.code, 1);
  });

  it('have doctor look at the legacy tables while the lock is held', async () => {
    const env = { XTABLES_LOCKFILE: `${cli().directory}/held.lock` };
    await cli().done('publish 8445:8443 --backend nft');
    await cli().namespace.exec('iptables-legacy', ['-P', 'INPUT', 'DROP']);
    const holder = cli().namespace.spawn('flock', [
      '--no-fork',
      env.XTABLES_LOCKFILE,
      'sh',
      '-c',
      'echo held; exec cat',
    ]);
    await new Promise((resolve) => holder.stdout.once('data', resolve));
    const { stdout } = await cli().run('doctor --backend auto --lock-timeout 0', { env });
    assert.match(stdout, /^PROBLEM .* dropped by the policy of iptables-legacy filter INPUT$/m);
  });
});
