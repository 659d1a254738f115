import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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

  const file = (name: string) => join(directory, 'dist', 'cli', name);

  async function assertRuns(): Promise<void> {
    const { stdout } = await exec(process.execPath, [file('main.js'), 'list', '--backend', 'memory']);
    assert.match(stdout, /^nothing is published \(owner portshift; backend memory/);
  }

  it('needs none of the modules that it was made of', async () => {
    rmSync(file('entry.js'));
    rmSync(file('list.js'));
    rmSync(join(directory, 'node_modules'));
    await assertRuns();
  });

  it('is compiled anew where V8 cannot take what was compiled ahead, or there is nothing', async () => {
    writeFileSync(file('portshift.v8'), 'of another version');
    await assertRuns();
    rmSync(file('portshift.v8'));
    await assertRuns();
  });

  it('is done without where it was not made', async () => {
    rmSync(file('portshift.js'));
    await assertRuns();
  });
});
