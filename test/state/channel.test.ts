import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createConnection, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Channel, Listener } from '../../lib/state/channel';
import { exec, run } from '../support/command';

/** Programs, each with a path as its argument. */
const LISTENING = `require('node:net').createServer().listen(process.argv[1], () => console.log('listening'))`;
const FILLING = `
import socket, sys
waiting = []
try:
    while True:
        one = socket.socket(socket.AF_UNIX)
        one.setblocking(False)
        one.connect(sys.argv[1])
        waiting.append(one)
except BlockingIOError:
    print('full', flush=True)
    sys.stdin.read()`;
/** Becomes another user where there is one. */
const ASKING = `
  const { connect } = require('node:net');
  try { process.setgroups([]); process.setuid(12345); } catch { console.log('nobody'); process.exit(); }
  const socket = connect(process.argv[1], () => socket.write('"?"\\n'));
  socket.pipe(process.stdout);`;

const ECHO = () => ({ answer: async (question: unknown) => question, ended: async () => {} });

describe('A channel between processes', () => {
  let directory: string;
  let path: string;
  const listeners: Listener<unknown>[] = [];

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'portshift-channel-'));
    path = join(directory, 'socket');
  });

  afterEach(async () => {
    for (const listener of listeners.splice(0)) await listener.close();
    rmSync(directory, { recursive: true, force: true });
  });

  async function listening(): Promise<void> {
    const listener = new Listener<unknown>(ECHO, 'refused');
    listeners.push(listener);
    await listener.listenAt(path);
  }

  async function connected(): Promise<Channel> {
    const channel = await Channel.connect(path);
    assert.ok(channel instanceof Channel);
    return channel;
  }

  it('carries questions and answers of any text, and knows the process at the other end', async () => {
    await listening();
    const channel = await connected();
    assert.deepEqual([channel.peer.pid, channel.peer.uid], [process.pid, process.geteuid?.()]);
    for (const text of ['', 'x'.repeat(5_000_000), 'a\nb\r\u2028\u2029\u0085', '\u{1f600}']) {
      assert.deepEqual(await channel.ask({ text }), { is: 'answer', value: { text } });
    }
    await channel.end();
  });

  it('is closed to others whatever the umask', async () => {
    const before = process.umask(0);
    try {
      await listening();
    } finally {
      process.umask(before);
    }
    assert.equal(statSync(path).mode & 0o777, 0o600);
  });

  it('says of who does not answer that they are silent, within the time, and lets a signal end the wait', async () => {
    const server = createServer(() => {}).listen(path);
    await once(server, 'listening');
    const channel = await connected();
    assert.deepEqual(await channel.ask('?', 50), { is: 'silent' });
    channel.close();
    const other = await connected();
    const abort = new AbortController();
    const asked = other.ask('?', 60_000, abort.signal);
    abort.abort(new Error('enough'));
    await assert.rejects(asked, /enough/);
    other.close();
    server.close();
  });

  it('says of who takes no connection that they are silent', async () => {
    const stopped = spawn(process.execPath, ['--eval', LISTENING, path]);
    await once(stopped.stdout, 'data');
    stopped.kill('SIGSTOP');
    const filler = spawn('python3', ['-c', FILLING, path]);
    try {
      await once(filler.stdout, 'data');
      assert.equal(await Channel.connect(path), 'silent');
    } finally {
      filler.kill('SIGKILL');
      stopped.kill('SIGKILL');
    }
  });

  it('says who is gone, and who was never there', async () => {
    assert.equal(await Channel.connect(path), undefined);
    await listening();
    const channel = await connected();
    await listeners.pop()?.close();
    assert.deepEqual(await channel.ask('?'), { is: 'gone' });
    const { code } = await run(process.execPath, ['--eval', `${LISTENING}; process.exit(0)`, path]);
    assert.equal(code, 0);
    assert.equal(await Channel.connect(path), 'stale');
    await listening();
    assert.deepEqual(await (await connected()).ask('?'), { is: 'answer', value: '?' });
    writeFileSync(join(directory, 'file'), '');
    assert.equal(await Channel.connect(join(directory, 'file')), 'stale');
  });

  it('cuts off who sends no JSON, or no end of a line', async () => {
    await listening();
    for (const text of ['{\n', 'x'.repeat(65 * 1024 * 1024)]) {
      const socket = createConnection(path);
      socket.on('error', () => {});
      socket.write(text);
      socket.resume();
      await new Promise((resolve) => socket.once('close', resolve));
    }
    assert.deepEqual(await (await connected()).ask('?'), { is: 'answer', value: '?' });
  });

  it('is for one user and for root: nobody else is heard', async () => {
    await listening();
    // As if the modes of file and directory were of no help.
    chmodSync(directory, 0o777);
    chmodSync(path, 0o777);
    // Through the working directory: those above it may be closed to others.
    const { stdout } = await exec(process.execPath, ['--eval', ASKING, './socket'], { cwd: directory });
    if (stdout === 'nobody\n') console.log('      not run: this user namespace has no other user');
    else assert.equal(stdout, '"refused"\n');
  });
});
