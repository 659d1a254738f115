import assert from 'node:assert/strict';
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { openFirewall } from '../../../lib';
import { type CommandLine, useCommandLine } from '../../cli/command-line';
import { guardiansIn } from '../../confirm/guardians';
import { exec } from '../../support/command';
import { until } from '../../support/until';
import { asUser, itWithUsers, STRANGER } from './users';

const PORTS = 'published: [{ name: web, port: 8445, targetPort: 8443 }]';

/** Takes as many names of watches as it can, and never takes a connection. */
const SQUATTING = `
import resource, socket, sys
hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
held = []
for number in range(min(2000, hard - 50)):
    one = socket.socket(socket.AF_UNIX)
    one.bind('\\0portshift/watch/portshift/%016x' % number)
    one.listen(1)
    held.append(one)
print(len(held), flush=True)
sys.stdin.read()`;

/** Answers whoever comes without an end of the line. */
const ENDLESS = `
import socket, sys
one = socket.socket(socket.AF_UNIX)
one.bind('\\0portshift/watch/portshift/endless')
one.listen(8)
print('listening', flush=True)
while True:
    peer, _ = one.accept()
    sent = 0
    try:
        while True: sent += peer.send(b'x' * 65536)
    except OSError: print(sent, flush=True)`;

/** Fills the queue of a listener; a line on standard input has that listener take everybody, and agree to everything. */
const FILLING = `
import socket, sys
name = '\\0portshift/watch/portshift/filled'
one = socket.socket(socket.AF_UNIX)
one.bind(name)
one.listen(1)
waiting = []
try:
    while True:
        other = socket.socket(socket.AF_UNIX)
        other.setblocking(False)
        other.connect(name)
        waiting.append(other)
except BlockingIOError: pass
other.close()
print('full', flush=True)
sys.stdin.readline()
for other in waiting: other.close()
while True:
    peer, _ = one.accept()
    if peer.recv(1000):
        print('told', flush=True)
        peer.send(b'true\\n')`;

/** Asks a guardian to keep the change. */
const CONFIRMING = `
import socket, sys
one = socket.socket(socket.AF_UNIX)
try:
    one.connect(sys.argv[1])
    one.send(b'{"do":"confirm"}\\n')
    print(one.makefile().readline(), end='', flush=True)
except OSError as error: print(type(error).__name__, flush=True)`;

async function listening(child: ChildProcessWithoutNullStreams): Promise<string> {
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  return line.toString().trim();
}

/** A watch that heals, and all that it has printed. */
async function watching(cli: CommandLine): Promise<() => string> {
  const child = await cli.start('watch --heal --backend nft');
  const printed: string[] = [];
  child.stdout.on('data', (chunk: Buffer) => printed.push(chunk.toString()));
  await until('it watches', () => printed.join('').includes('watching'));
  return () => printed.join('');
}

describe('A user of the host without privileges', () => {
  const cli = useCommandLine();
  let directory: string;

  beforeEach(() => {
    directory = mkdtempSync('/tmp/portshift-user-');
  });

  afterEach(() => {
    for (const pid of guardiansIn(join(directory, 'state'))) process.kill(pid, 'SIGKILL');
    rmSync(directory, { recursive: true, force: true });
  });

  const asStranger = (...words: readonly string[]) => {
    const [command = '', ...rest] = [...asUser(STRANGER), ...words];
    return cli().namespace.spawn(command, rest, { cwd: '/' });
  };

  itWithUsers('confirms nothing, whatever the umask and the modes of files', async () => {
    chmodSync(directory, 0o755);
    const state = join(directory, 'state');
    mkdirSync(state);
    chmodSync(state, 0o755);
    const env = { PORTSHIFT_STATE_DIR: state };
    const under = ['sh', '-c', 'umask 0; exec "$@"', 'sh'];
    await cli().done('apply - --backend nft --confirm-within 60s', { env, under, input: PORTS });
    const socket = join(state, readdirSync(state).find((name) => name.endsWith('.guardian')) ?? '');
    assert.equal(statSync(socket).mode & 0o777, 0o600);
    const ask = () => listening(asStranger('/usr/bin/env', 'python3', '-c', CONFIRMING, socket));
    assert.equal(await ask(), 'PermissionError');
    // As if the modes were of no help.
    chmodSync(socket, 0o777);
    assert.deepEqual(JSON.parse(await ask()), { is: 'refused', why: 'it belongs to another user' });
    assert.match(await cli().done('list --backend nft', { env }), /waiting for `portshift confirm`/);
    assert.equal(await cli().done('confirm --backend nft', { env }), 'confirmed: the change stays\n');
  });

  itWithUsers('with names of watches without end holds up no change, and hides no watch', async () => {
    const printed = await watching(cli());
    const squatter = asStranger('/usr/bin/env', 'python3', '-c', SQUATTING);
    assert.ok(Number(await listening(squatter)) > 100);
    await cli().done('publish 8445:8443 --name web --backend nft');
    const { code, stderr } = await cli().run('clear --backend nft');
    assert.equal(code, 0, stderr);
    const [silent, others, ...more] = stderr.trim().split('\n');
    assert.match(silent ?? '', /uid 23451, does not answer/);
    assert.match(others ?? '', /more than 32 watches of uid 23451 listen: the others are not told/);
    assert.deepEqual(more, []);
    // What the watch was told of stays away, and what it was not told of comes back.
    // A flush that comes before the watch has seen what was published is one of nothing.
    for (let wait = 100; wait < 3_000 && !printed().includes('healed'); wait *= 2) {
      await cli().done('publish 9445:9443 --name other --backend nft');
      await sleep(wait);
      await cli().namespace.exec('nft', ['flush', 'ruleset']);
      await sleep(wait);
    }
    await until('it heals', () => printed().includes('healed'));
    const published = (await cli().data('list --backend nft'))['published'] as { name: string }[];
    assert.deepEqual(
      published.map(({ name }) => name),
      ['other'],
    );
  });

  it('who answers without end is cut off', async () => {
    const endless = cli().namespace.spawn('python3', ['-c', ENDLESS]);
    const printed: string[] = [];
    endless.stdout.on('data', (chunk: Buffer) => printed.push(chunk.toString()));
    await until('it listens', () => printed.length > 0);
    await cli().done('publish 8445:8443 --backend nft');
    await cli().done('clear --backend nft');
    await until('it is cut off', () => printed.length > 1);
    assert.ok(Number(printed[1]) < 4 * 1024 * 1024, printed[1]);
  });

  it('who fills the queue of a watch does not keep it from being told', async () => {
    const filling = cli().namespace.spawn('python3', ['-c', FILLING]);
    await listening(filling);
    await using firewall = await openFirewall({ backend: 'nft', namespace: cli().namespace.path });
    await firewall.publish({ port: 8445, targetPort: 8443 });
    const clearing = firewall.clear();
    // By then it was refused a connection.
    await sleep(100);
    const told = listening(filling);
    filling.stdin.write('\n');
    await clearing;
    assert.equal(await told, 'told');
    assert.deepEqual(firewall.unheard, []);
  });

  itWithUsers('puts no file and no directory in the place of one of ours', async () => {
    chmodSync(directory, 0o1777);
    const victim = join(directory, 'victim');
    const lock = join(directory, 'lock');
    await exec('sh', ['-c', `echo precious > ${victim}; chmod 600 ${victim}`]);
    symlinkSync(join(directory, 'made'), lock);
    mkdirSync(join(directory, 'state'), { mode: 0o700 });
    for (const path of ['state']) chownSync(join(directory, path), STRANGER, STRANGER);
    const env = { XTABLES_LOCKFILE: lock, PORTSHIFT_STATE_DIR: join(directory, 'state') };
    assert.match(await cli().fails(1, 'publish 8445:8443', { env }), /it is a link to a file that is not there/);
    assert.ok(!readdirSync(directory).includes('made'));
    const { code, stderr } = await cli().run('publish 8445:8443 --backend nft', { env });
    assert.equal(code, 0);
    assert.match(stderr, /state belongs to another user, of uid 23451/);
    assert.deepEqual(readdirSync(join(directory, 'state')), []);
  });
});

/** What whoever may write to a directory can put under a name that root uses. */
const KINDS: Readonly<Record<string, string>> = {
  fifo: 'mkfifo fifo',
  directory: 'mkdir directory',
  dangling: 'ln -s nowhere dangling',
  loop: 'ln -s loop loop',
  zeros: 'ln -s /dev/zero zeros',
  socket: 'python3 -c "import socket; socket.socket(socket.AF_UNIX).bind(\'socket\')"',
};

const COMMANDS = [
  'publish 8445:8443 --name web',
  'move web 8446',
  'retarget web 9443',
  'withdraw web',
  'list',
  'apply -',
  'rollback',
  'clear',
  'clear --copies',
  'watch',
];

describe('A name that somebody else has put something under', () => {
  const cli = useCommandLine();
  const within = () => join(cli().directory, 'names');

  beforeEach(async () => {
    mkdirSync(within());
    await exec('sh', ['-ec', Object.values(KINDS).join('\n')], { cwd: within() });
  });

  /** Two at a time, which is as fast as they get. */
  async function each<T>(all: readonly T[], work: (one: T) => Promise<void>): Promise<void> {
    const left = [...all];
    const worker = async () => {
      for (let one = left.shift(); one !== undefined; one = left.shift()) await work(one);
    };
    await Promise.all([worker(), worker()]);
  }

  async function refused(path: string, commands: readonly string[]): Promise<void> {
    await each(commands, async (command) => {
      const { code, stderr } = await cli().run(`${command} --netns ${path}`, { input: PORTS });
      assert.equal(code, 1, `${command}: ${stderr}`);
      assert.match(stderr, /^portshift: namespace: .* cannot be used .*; give the path of a network namespace/);
    });
  }

  async function refusedAsLock(path: string, commands: readonly string[]): Promise<void> {
    await each(commands, async (command) => {
      const { code, stderr } = await cli().run(command, { env: { XTABLES_LOCKFILE: path }, input: PORTS });
      assert.equal(code, 1, `${command}: ${stderr}`);
      assert.match(stderr, /the xtables lock could not be taken .*; make that file writable/);
    });
  }

  it('is refused by every command at once where that is a FIFO', async () => {
    const path = join(within(), 'fifo');
    await refused(path, [...COMMANDS, 'confirm', 'doctor']);
    await refusedAsLock(path, COMMANDS);
    const doctor = await cli().run('doctor', { env: { XTABLES_LOCKFILE: path } });
    assert.match(doctor.stdout, /^PROBLEM {2}iptc cannot be used: .* the xtables lock could not be taken/m);
  });

  it('is refused at once where that is a directory, a device, a socket or a link to nothing', async () => {
    for (const kind of Object.keys(KINDS)) {
      if (kind === 'fifo') continue;
      const path = join(within(), kind);
      await Promise.all([refused(path, ['list']), refusedAsLock(path, ['publish 8445:8443'])]);
    }
  });

  it('is not used as the directory for state, and keeps nothing else from being done', async () => {
    const env = { PORTSHIFT_STATE_DIR: join(within(), 'fifo') };
    const { code, stderr } = await cli().run('publish 8445:8443', { env });
    assert.equal(code, 0);
    assert.match(stderr, /it is not recorded, .* is no directory\); make one for uid \d+ alone/);
    assert.match(await cli().fails(1, 'rollback', { env }), /there is no safe place for it/);
    const confirm = await cli().run('apply - --confirm-within 60s', { env, input: 'published: []' });
    assert.equal(confirm.code, 1);
    assert.match((await cli().run('list', { env })).stdout, /tcp\/8445/);
  });
});
