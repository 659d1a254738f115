import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { useCommandLine } from './command-line';

const CHANGES = [
  'move web 8446',
  'retarget web 9443',
  'withdraw web',
  'publish 9445:9444 --name api',
  'apply -',
  'clear',
];

describe('portshift rollback', () => {
  const cli = useCommandLine();

  const records = () => readdirSync(cli().directory);

  for (const change of CHANGES) {
    it(`undoes "${change}" in a later process`, async () => {
      await cli().done('publish 8445:8443 --name web');
      const before = (await cli().kernel()).split('\n').sort();
      await cli().done(change, { input: 'published: []' });
      assert.notDeepEqual((await cli().kernel()).split('\n').sort(), before);
      await cli().done('rollback');
      assert.deepEqual((await cli().kernel()).split('\n').sort(), before);
    });
  }

  it('prints what it changes', async () => {
    await cli().done('publish 8445:8443 --name web --direct open --no-loopback');
    assert.equal(await cli().done('rollback'), '- redirect tcp 8445>8443 name=web opt=open,nolo\n');
    await cli().done('publish 8445:8443 --name web --direct open --no-loopback');
    const { added, removed } = await cli().data('rollback');
    assert.deepEqual(added, []);
    assert.deepEqual(
      (removed as { text: string }[]).map(({ text }) => text),
      ['redirect tcp 8445>8443 name=web opt=open,nolo'],
    );
  });

  it('undoes one change only: there is nothing more to undo then', async () => {
    const nothing = /^portshift: nothing to roll back: no change of owner "portshift" was made from the command line/;
    assert.match(await cli().fails(1, 'rollback'), nothing);
    await cli().done('publish 8445:8443');
    await cli().done('rollback');
    assert.match(await cli().fails(1, 'rollback'), nothing);
    assert.equal((await cli().failsWithJson(1, 'rollback'))['code'], 'ERR_NOT_FOUND');
  });

  it('passes over commands that changed nothing', async () => {
    await cli().done('publish 8445:8443');
    await cli().done('publish 8445:8443');
    await cli().done('list');
    await cli().done('rollback');
    assert.equal(await cli().kernel(), '');
  });

  it('refuses where the rules have changed since, and with --force undoes that too', async () => {
    await cli().done('publish 8445:8443 --name web');
    const elsewhere = join(cli().directory, 'elsewhere');
    await cli().done('publish 9445:9443 --name api', { env: { PORTSHIFT_STATE_DIR: elsewhere } });
    const before = await cli().kernel();
    assert.match(
      await cli().fails(1, 'rollback'),
      /^portshift: the rules have changed since \(.*\+ redirect tcp 9445>9443 name=api/,
    );
    const { code, difference } = await cli().failsWithJson(1, 'rollback');
    assert.equal(code, 'ERR_CONFLICT');
    assert.equal((difference as { added: unknown[] }).added.length, 3);
    assert.equal(await cli().kernel(), before);
    await cli().done('rollback --force');
    assert.equal(await cli().kernel(), '');
  });

  it('goes by owner', async () => {
    await cli().done('publish 8445:8443 --owner blue');
    await cli().done('publish 9445:9443 --owner green');
    await cli().done('rollback --owner blue');
    assert.equal(((await cli().data('list --owner green'))['published'] as unknown[]).length, 1);
    assert.match(await cli().fails(1, 'rollback --owner blue'), /no change of owner "blue"/);
  });

  it('keeps its record where PORTSHIFT_STATE_DIR says, for nobody else to read', async () => {
    assert.deepEqual(records(), []);
    await cli().done('publish 8445:8443');
    assert.equal(records().length, 1);
    await cli().done('rollback');
    assert.deepEqual(records(), []);
  });

  it('says of a change that could not be recorded that it stands, and why, and undoes no earlier one', async () => {
    const [file, open, link] = [
      join(cli().directory, 'file'),
      join(cli().directory, 'open'),
      join(cli().directory, 'link'),
    ];
    writeFileSync(file, '');
    mkdirSync(open);
    chmodSync(open, 0o777);
    symlinkSync(cli().directory, link);
    const reasons: readonly [directory: string, reason: RegExp][] = [
      [file, /file is no directory/],
      [open, /others may write to .*open/],
      [link, /link is no directory/],
      [join(open, 'x'), /others may write to .*open, which has no sticky bit/],
      ['/proc/nonexistent', /\/proc\/nonexistent is not there/],
      [join(file, 'x'), /ENOTDIR/],
    ];
    for (const [directory, reason] of reasons) {
      const env = { PORTSHIFT_STATE_DIR: directory };
      const { code, stdout, stderr } = await cli().run('publish 8445:8443 --name web', { env });
      assert.deepEqual([code, stdout], [0, 'web: tcp 8445 -> 8443 (direct access: closed)\n']);
      assert.match(
        stderr,
        /^portshift: the change is made and stands, but it is not recorded, so `portshift rollback` /,
      );
      assert.match(stderr, reason);
      assert.match(
        stderr,
        /make one for uid \d+ alone \(install -d -m 700 -o \d+ .*\) and name it in PORTSHIFT_STATE_DIR\n$/,
      );
      assert.match(await cli().fails(1, 'rollback', { env }), reason);
      await cli().done('clear');
    }
  });

  it('leaves no half record in a full directory, nor an older one that no longer fits', async () => {
    const full = join(cli().directory, 'full');
    mkdirSync(full, { mode: 0o700 });
    const fill = `mount -t tmpfs -o size=16k,mode=700 none ${full} && cat > ${full}/fill < /dev/zero; "$@"; ls ${full}`;
    const under = ['unshare', '--mount', 'sh', '-c', `${fill}`, 'sh'];
    await cli().done('publish 9445:9443 --name before');
    const { stdout, stderr } = await cli().run('publish 8445:8443 --name web', {
      env: { PORTSHIFT_STATE_DIR: full },
      under,
    });
    assert.equal(stdout, 'web: tcp 8445 -> 8443 (direct access: closed)\nfill\n');
    assert.match(stderr, /the change is made and stands, but it is not recorded, .*ENOSPC/);
  });

  it('is needed by no command that changes nothing', async () => {
    const env = { PORTSHIFT_STATE_DIR: '/proc/nonexistent' };
    await cli().done('list', { env });
    await cli().done('apply - --dry-run', { env, input: 'published: []' });
  });

  it('says so where its record is damaged', async () => {
    await cli().done('publish 8445:8443');
    const [record] = records();
    for (const text of ['{', 'null', '{"before":{"rules":["x"]},"after":{"rules":[]}}']) {
      writeFileSync(join(cli().directory, record ?? ''), text);
      assert.match(
        await cli().fails(1, 'rollback'),
        /^portshift: the record of the last change, .*, cannot be read; remove it/,
        text,
      );
    }
    assert.notEqual(await cli().kernel(), '');
  });
});
