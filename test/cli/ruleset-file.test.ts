import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readRulesetFile } from '../../lib/cli/ruleset-file';
import { exec, run, start } from '../support/command';
import { builtProgram } from './program';

describe('The file of portshift apply', () => {
  let directory: string;
  let file: string;

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'portshift-file-'));
    file = join(directory, 'ports.yaml');
  });

  afterEach(() => {
    rmSync(directory, { recursive: true, force: true });
  });

  async function refused(reason: RegExp, path = file): Promise<void> {
    await assert.rejects(() => readRulesetFile(path), { code: 'ERR_INVALID_ARGUMENT', field: 'file', message: reason });
  }

  it('is YAML or JSON, of many ports as JSON', async () => {
    writeFileSync(file, 'published:\n  - { port: 1, targetPort: 2 }\n');
    assert.deepEqual(await readRulesetFile(file), [{ port: 1, targetPort: 2 }]);
    const many = Array.from({ length: 60_000 }, (_, index) => ({ port: index + 1, targetPort: 2, name: `n${index}` }));
    writeFileSync(file, JSON.stringify({ published: many }));
    assert.equal((await readRulesetFile(file)).length, 60_000);
  });

  it('is a regular file or a pipe, and nothing is waited for without end', async () => {
    const fifo = join(directory, 'fifo');
    await exec('mkfifo', [fifo]);
    await assert.rejects(() => readRulesetFile(fifo), { code: 'ERR_INVALID_ARGUMENT' });
    await refused(/it is a directory/, directory);
    await refused(/it is neither a regular file nor a pipe/, '/dev/zero');
    await refused(/it is neither a regular file nor a pipe/, '/dev/null');
    await refused(/ENOENT/, join(directory, 'missing'));
    await refused(/ENOTDIR/, join('/dev/null', 'x'));
  });

  it('may come out of a pipe with a writer, who must say something', async () => {
    const fifo = join(directory, 'fifo');
    await exec('mkfifo', [fifo]);
    const writer = spawn('sh', ['-c', `exec > ${fifo}; sleep 0.2; echo 'published: [{ port: 1, targetPort: 2 }]'`]);
    const holding = start('sh', ['-c', `exec 3<> ${fifo}; exec sleep 60`]);
    await new Promise((resolve) => writer.once('close', resolve));
    // The other one still has it open.
    const reading = readRulesetFile(fifo);
    setTimeout(() => holding.kill('SIGKILL'), 500);
    assert.deepEqual(await reading, [{ port: 1, targetPort: 2 }]);
    const silent = start('sh', ['-c', `exec 3<> ${fifo}; echo; exec sleep 60`]);
    await new Promise((resolve) => silent.stdout.once('data', resolve));
    await refused(/nothing came out of that pipe for 5 seconds/, fifo);
    silent.kill('SIGKILL');
  });

  it('is refused where it is too large, and says how large it may be', async () => {
    writeFileSync(file, '');
    truncateSync(file, 100 * 1024 * 1024);
    await refused(/it has more than 16 MiB; give a smaller one$/);
    writeFileSync(file, Array.from({ length: 60_000 }, (_, index) => `key${index}: 1`).join('\n'));
    await refused(/YAML may have up to 256 KiB, and this is no JSON/);
  });

  it('has no key twice', async () => {
    writeFileSync(file, 'published: []\npublished: []\n');
    await refused(/Map keys must be unique: "published" comes twice/);
    writeFileSync(file, '{"published": [{"port": 1, "port": 2}]}');
    await refused(/"port" comes twice/);
    const keys = Array.from({ length: 20_000 }, (_, index) => `k${index}: 1`).join('\n');
    writeFileSync(file, `${keys}\nk0: 1\n`);
    await refused(/"k0" comes twice/);
  });

  it('is refused where it is one of the kernel that waits for something to happen', async () => {
    const script = `mount -t tracefs none ${directory} && exec "$@" ${directory}/trace_pipe`;
    const words = [process.execPath, await builtProgram(), '--backend', 'memory', 'apply'];
    const { stderr } = await run('unshare', ['--mount', 'sh', '-c', script, 'sh', ...words]);
    if (stderr.startsWith('mount: ')) console.log('      not run: there is no tracefs, or not for this user');
    else assert.match(stderr, /trace_pipe" cannot be used: EAGAIN/);
  });
});
