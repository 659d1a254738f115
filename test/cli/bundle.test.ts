import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
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

  it('is what runs, whatever it was when it was built', async () => {
    const bundle = readFileSync(file('portshift.js'), 'utf8');
    writeFileSync(file('portshift.js'), bundle.replace('nothing is published (', 'NOTHING is published ('));
    const { stdout } = await exec(process.execPath, [file('main.js'), 'list', '--backend', 'memory']);
    assert.match(stdout, /^NOTHING is published/);
  });

  it('is done without where it was not made', async () => {
    rmSync(file('portshift.js'));
    await assertRuns();
  });
});
