import assert from 'node:assert/strict';
import { useCommandLine } from './command-line';

const MIGRATION = 'iptables-legacy-save | iptables-nft-restore; ip6tables-legacy-save | ip6tables-nft-restore';
const PLACE = 'the tables of iptables-nft \\(ip and ip6: mangle, nat\\)';

describe('portshift, with copies of its rules', () => {
  const cli = useCommandLine();

  async function shell(script: string): Promise<string> {
    return (await cli().namespace.exec('sh', ['-ec', script])).stdout;
  }

  it('tells of them in list, doctor and the answer of every change, and removes them by clear --copies', async function () {
    this.timeout(60_000);
    await cli().done('publish 8445:8443 --name web');
    await shell(MIGRATION);
    const kernel = await cli().kernel();
    const told = new RegExp(
      `^portshift: warning: ${PLACE} hold rules of owner portshift: tcp 8445 -> 8443 \\(web\\), which the kernel obeys ` +
        'beside those in iptc\nportshift: {3}-> portshift clear --copies\n$',
      'm',
    );

    const listed = await cli().run('list');
    assert.match(listed.stderr, told);
    assert.equal(listed.code, 0);
    const { copies } = await cli().data('list');
    assert.ok(Array.isArray(copies) && copies.length === 1);
    const doctor = await cli().run('doctor');
    assert.match(
      doctor.stdout,
      new RegExp(`^warning  ${PLACE} hold rules .*\n +-> portshift clear --copies removes`, 'm'),
    );

    const cleared = await cli().done('clear --copies');
    assert.match(cleared, new RegExp(`^in ${PLACE}:\n- markDrop tcp 8443 name=web\n- loopback .*\n- redirect .*\n$`));
    assert.equal(await cli().kernel(), kernel);
    assert.doesNotMatch(await shell('iptables-nft-save; ip6tables-nft-save; nft list ruleset'), /portshift/);
    assert.equal(await cli().done('clear --copies'), 'nothing to change\n');
    assert.deepEqual(await cli().data('clear --copies'), { removed: [], left: [] });
  });

  it('says after a change which ports they still serve', async function () {
    this.timeout(60_000);
    await cli().done('publish 8445:8443 --name web');
    await shell(MIGRATION);
    const redirected = new RegExp(
      `^portshift: warning: tcp 8445 \\(web\\) is still redirected to 8443 by ${PLACE}$`,
      'm',
    );
    const closed = new RegExp(`^portshift: warning: tcp 8443 \\(web\\) is still closed by ${PLACE}$`, 'm');
    const moved = await cli().run('move web 8446');
    assert.match(moved.stderr, redirected);
    assert.doesNotMatch(moved.stderr, closed);
    assert.match((await cli().run('doctor')).stdout, new RegExp(`^PROBLEM  ${PLACE} hold rules`, 'm'));
    await cli().run('move web 8445');
    const retargeted = await cli().run('retarget web 9443');
    assert.match(retargeted.stderr, redirected);
    assert.match(retargeted.stderr, closed);
    const withdrawn = await cli().run('withdraw web');
    assert.equal(withdrawn.stdout, 'web: withdrawn\n');
    assert.match(withdrawn.stderr, redirected);
    for (const command of ['rollback', 'clear', 'publish 8445:8443 --name web']) {
      const changed = await cli().run(command);
      assert.match(changed.stderr, new RegExp(`^portshift: warning: ${PLACE} hold rules`, 'm'), command);
      assert.equal(changed.code, 0, command);
    }
    const { withdrawn: was, copies } = await cli().data('withdraw web');
    assert.ok(was !== undefined && Array.isArray(copies) && copies.length === 1);
  });

  it("says that withdrawing leaves the other backend's rules, and names the backend to clear them by", async function () {
    this.timeout(60_000);
    await cli().done('publish 8445:7443 --name old');
    await cli().run('publish 8445:8443 --name web --backend nft');
    const withdrawn = await cli().run('withdraw web --backend auto');
    const place = 'the legacy tables \\(ip and ip6: mangle, nat\\)';
    assert.match(
      withdrawn.stderr,
      new RegExp(`^portshift: warning: tcp 8445 \\(old\\) is still redirected to 7443 by ${place}$`, 'm'),
    );
    assert.match(withdrawn.stderr, /^portshift: {3}-> portshift clear --copies --backend nft$/m);
    await cli().done('clear --copies --backend nft');
    assert.equal(await cli().kernel(), '');
  });

  it('says what stays as it may be of others, and does not offer to remove it', async function () {
    this.timeout(60_000);
    await cli().done('publish 8445:8443 --name web');
    await shell(MIGRATION);
    await shell('iptables-nft -t mangle -A portshift.syn -p tcp --dport 99 -j ACCEPT');
    const stays =
      /^portshift: {3}?ip mangle portshift\.syn stays: it holds a rule without a comment that may be of others$/m;
    assert.match((await cli().run('list')).stderr, stays);
    const { stderr } = await cli().run('clear --copies');
    assert.match(stderr, /^portshift: ip mangle portshift\.syn stays: it holds a rule without a comment/m);
    assert.equal((await cli().run('list')).stderr, '');
    await shell(`f=${cli().directory}/ruleset; ${MIGRATION.split(';')[0]}
      nft list table ip mangle > $f; nft delete table ip mangle; nft -f $f; nft delete table ip nat`);
    assert.match(
      (await cli().run('list')).stderr,
      /their comments are lost.*\n(?:.*\n)*portshift: {3}-> look at portshift\.ans, portshift\.syn \(nft list table ip mangle\), and delete them by hand/,
    );
  });
});
