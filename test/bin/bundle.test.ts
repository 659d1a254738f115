import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compiledFile, compiledFor } from '../../lib/bin/bundle';
import { exec } from '../support/command';

const ROOT = join(__dirname, '..', '..');

describe('The command line in one file', () => {
  let directory: string;

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'portshift-bundle-'));
    cpSync(join(ROOT, 'dist'), join(directory, 'dist'), { recursive: true });
    cpSync(join(ROOT, 'package.json'), join(directory, 'package.json'));
    symlinkSync(join(ROOT, 'node_modules'), join(directory, 'node_modules'));
  });

  afterEach(() => rmSync(directory, { recursive: true }));

  const file = (name: string) => join(directory, 'dist', 'bin', name);

  async function assertRuns(): Promise<void> {
    const { stdout } = await exec(process.execPath, [file('portshift.js'), 'list', '--backend', 'memory']);
    assert.match(stdout, /^nothing is published \(owner portshift; backend memory/);
  }

  it('needs none of the modules that it was made of', async () => {
    rmSync(file('entry.js'));
    rmSync(join(directory, 'dist', 'cli'), { recursive: true });
    rmSync(join(directory, 'node_modules'));
    await assertRuns();
  });

  it('is what runs, whatever it was when it was compiled', async () => {
    const bundle = readFileSync(file('whole.js'));
    writeFileSync(file('whole.js'), bundle.toString().replace('nothing is published (', 'NOTHING is published ('));
    const { stdout } = await exec(process.execPath, [file('portshift.js'), 'list', '--backend', 'memory']);
    assert.match(stdout, /^NOTHING is published/);
  });

  it('is compiled anew where a bit of the compiled code is flipped, wherever', async () => {
    const whole = readFileSync(file('whole.v8'));
    const { length } = readFileSync(file('whole.js'));
    for (const at of [
      0,
      length,
      length + 200,
      length + 5_000,
      Math.floor((whole.length + length) / 2),
      whole.length - 9,
    ]) {
      const flipped = Buffer.from(whole);
      flipped.writeUInt8(flipped.readUInt8(at) ^ 0x10, at);
      writeFileSync(file('whole.v8'), flipped);
      await assertRuns();
    }
  });

  it('is compiled anew where there is no compiled code, or a part of it', async () => {
    const whole = readFileSync(file('whole.v8'));
    for (const length of [0, 1, 40, whole.length - 1, whole.length - 2]) {
      writeFileSync(file('whole.v8'), whole.subarray(0, length));
      await assertRuns();
    }
    rmSync(file('whole.v8'));
    await assertRuns();
  });

  it('takes compiled code of this Node.js and this source alone', () => {
    const source = readFileSync(file('whole.js'));
    const whole = readFileSync(file('whole.v8'));
    const compiled = compiledFor(source, whole);
    assert.ok(compiled !== undefined && compiledFile(source, compiled).equals(whole));
    const other = Buffer.from(
      whole.toString('latin1').replace(process.version, 'v99.0.0'.padEnd(process.version.length)),
      'latin1',
    );
    assert.equal(compiledFor(source, other), undefined);
    assert.equal(compiledFor(source.subarray(1), whole), undefined);
  });

  it('is done without where it was not made', async () => {
    rmSync(file('whole.js'));
    await assertRuns();
  });
});
