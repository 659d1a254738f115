import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FirewallError } from '../../lib';
import { findStateDirectory, openStateDirectory } from '../../lib/state/directory';
import { exec, run } from '../support/command';

const ROOT = join(__dirname, '..', '..');
const NAMES = ['PORTSHIFT_STATE_DIR', 'XDG_RUNTIME_DIR', 'TMPDIR'] as const;

/** Says where the directory is, in a process of its own. */
const PROGRAM = `
  try { console.log(require('./lib/state/directory.ts').openStateDirectory().name); }
  catch (error) { console.log(error.message); }`;

describe('The directory for state', () => {
  const usual = Object.fromEntries(NAMES.map((name) => [name, process.env[name]]));
  let directory: string;

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'portshift-state-'));
    for (const name of NAMES) delete process.env[name];
  });

  afterEach(() => {
    for (const name of NAMES) {
      const value = usual[name];
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
    rmSync(directory, { recursive: true, force: true });
  });

  /** Opens it with these variables; answers its name, or why there is none. */
  function opened(variables: Partial<Record<(typeof NAMES)[number], string>>): string {
    Object.assign(process.env, variables);
    try {
      const { descriptor, name } = openStateDirectory();
      descriptor.close();
      return name;
    } catch (error) {
      assert.ok(error instanceof FirewallError && error.code === 'ERR_PERMISSION');
      return error.message;
    }
  }

  const made = (name: string, mode: number) => {
    const path = join(directory, name);
    mkdirSync(path);
    chmodSync(path, mode);
    return path;
  };

  it('is made where PORTSHIFT_STATE_DIR says, for its user alone, whatever the umask', () => {
    const path = join(directory, 'state');
    for (const umask of [0, 0o777]) {
      const before = process.umask(umask);
      try {
        assert.equal(opened({ PORTSHIFT_STATE_DIR: path }), path);
      } finally {
        process.umask(before);
      }
      assert.equal(statSync(path).mode & 0o777, 0o700);
      rmSync(path, { recursive: true });
    }
  });

  it('may be relative, and is named in full', () => {
    const before = process.cwd();
    process.chdir(directory);
    try {
      assert.equal(opened({ PORTSHIFT_STATE_DIR: 'state' }), join(directory, 'state'));
    } finally {
      process.chdir(before);
    }
  });

  it('is not there where its working directory is gone, which is said', () => {
    const before = process.cwd();
    const gone = made('gone', 0o700);
    process.chdir(gone);
    try {
      rmSync(gone, { recursive: true });
      assert.match(opened({ PORTSHIFT_STATE_DIR: 'state' }), /state is not there\); make one for uid/);
    } finally {
      process.chdir(before);
    }
  });

  it('is no link, no file, and none that others may write to, nor in one that they may', () => {
    writeFileSync(join(directory, 'file'), '');
    symlinkSync(made('real', 0o700), join(directory, 'link'));
    symlinkSync('/nonexistent', join(directory, 'dangling'));
    const cases: readonly [path: string, reason: RegExp][] = [
      ['file', /file is no directory/],
      ['link', /link is no directory/],
      ['dangling', /dangling is no directory/],
      ['open', /others may write to .*open/],
      ['groups', /others may write to .*groups/],
      ['open/inside', /others may write to .*open, which has no sticky bit/],
      ['missing/inside', /ENOENT/],
      ['file/inside', /ENOTDIR/],
    ];
    made('open', 0o777);
    made('groups', 0o720);
    for (const [path, reason] of cases) {
      const message = opened({ PORTSHIFT_STATE_DIR: join(directory, path) });
      assert.match(message, reason);
      assert.match(
        message,
        /; make one for uid \d+ alone \(install -d -m 700 -o \d+ .*\) and name it in PORTSHIFT_STATE_DIR$/,
      );
      assert.equal(findStateDirectory(), undefined);
    }
    assert.deepEqual(readdirSync(join(directory, 'open')), []);
  });

  it('may be one that others may enter, and in a sticky one', () => {
    assert.equal(opened({ PORTSHIFT_STATE_DIR: made('entered', 0o755) }), join(directory, 'entered'));
    const inside = join(made('sticky', 0o1777), 'state');
    assert.equal(opened({ PORTSHIFT_STATE_DIR: inside }), inside);
  });

  /** Where /run cannot be written to, as in a hardened unit: says where the directory is. */
  async function withoutRun(env: NodeJS.ProcessEnv): Promise<string> {
    const script =
      'mkdir -p /run/portshift && mount --bind /run/portshift /run/portshift && mount -o remount,ro,bind /run/portshift && exec "$@"';
    const node = [process.execPath, '--require', 'tsx/cjs', '--eval', PROGRAM];
    const words = ['--mount', 'sh', '-c', `mount -t tmpfs none /run && ${script}`, 'sh', ...node];
    const { stdout } = await exec('unshare', words, { cwd: ROOT, env: { ...process.env, ...env } });
    return stdout.trim();
  }

  const portshiftsIn = (path: string) => readdirSync(path).filter((name) => name.startsWith('portshift-'));

  it('is not where an empty, relative or foreign variable says', async () => {
    const temporary = made('temporary', 0o1777);
    const foreign = made('foreign', 0o777);
    for (const XDG_RUNTIME_DIR of ['', 'relative', foreign, '/dev/null', '/nonexistent']) {
      const name = await withoutRun({ XDG_RUNTIME_DIR, TMPDIR: temporary, PORTSHIFT_STATE_DIR: '' });
      assert.match(name, new RegExp(`^${temporary}/portshift-\\d+-[0-9a-f]{16}$`), XDG_RUNTIME_DIR);
    }
    assert.equal(portshiftsIn(temporary).length, 1);
    assert.deepEqual(readdirSync(foreign), []);
    const runtime = made('runtime', 0o700);
    assert.equal(await withoutRun({ XDG_RUNTIME_DIR: runtime, PORTSHIFT_STATE_DIR: '' }), join(runtime, 'portshift'));
  });

  it('in a directory of everybody has a name that nobody foresees, and is the same for all who look at once', async () => {
    const temporary = made('temporary', 0o1777);
    const uid = process.geteuid?.() ?? 0;
    // What somebody else may have put there, as far as it can be made here.
    writeFileSync(join(temporary, `portshift-${uid}-0`), '');
    symlinkSync(directory, join(temporary, `portshift-${uid}-1`));
    mkdirSync(join(temporary, `portshift-${uid}-2`));
    chmodSync(join(temporary, `portshift-${uid}-2`), 0o755);
    const env = { TMPDIR: temporary, PORTSHIFT_STATE_DIR: '', XDG_RUNTIME_DIR: '' };
    const names = await Promise.all(Array.from({ length: 8 }, () => withoutRun(env)));
    assert.equal(new Set(names).size, 1, names.join('\n'));
    assert.match(names[0] ?? '', /-[0-9a-f]{16}$/);
    assert.equal(portshiftsIn(temporary).length, 4);
  });

  it('of another user is not used, and that user is not in the way', async () => {
    // Only where there are other users: in a user namespace of one, nothing can be given to anybody.
    const foreign = made('foreign', 0o777);
    const { code } = await run('chown', ['12345', foreign]);
    if (code !== 0) {
      console.log('      not run: this user namespace has no other user');
      return;
    }
    assert.match(opened({ PORTSHIFT_STATE_DIR: foreign }), /foreign belongs to another user, of uid 12345/);
    assert.match(opened({ PORTSHIFT_STATE_DIR: join(foreign, 'x') }), /foreign belongs to another user, of uid 12345/);
    const temporary = made('temporary', 0o1777);
    const theirs = join(temporary, `portshift-${process.geteuid?.()}-0000000000000000`);
    mkdirSync(theirs, { mode: 0o700 });
    await exec('chown', ['12345', theirs]);
    const name = await withoutRun({ TMPDIR: temporary, PORTSHIFT_STATE_DIR: '', XDG_RUNTIME_DIR: foreign });
    assert.ok(name.startsWith(temporary) && name !== theirs, name);
  });
});
