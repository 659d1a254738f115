import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { builtProgram } from '../cli/program';
import { run } from '../support/command';

const PACKAGING = join(__dirname, '..', '..', 'packaging');
const UNITS = readdirSync(PACKAGING).filter((file) => file.endsWith('.service'));

/** The exposure of systemd-analyze(1), 0 to 100, above which a unit is not hardened enough. */
const EXPOSURE = 25;

describe('The units for systemd', () => {
  let directory: string;
  let files: string[];
  let hasAnalyze: boolean;

  before(async () => {
    directory = mkdtempSync(join(tmpdir(), 'portshift-units-'));
    const program = `${process.execPath} ${await builtProgram()}`;
    files = UNITS.map((unit) => {
      const text = readFileSync(join(PACKAGING, unit), 'utf8');
      writeFileSync(join(directory, unit), text.replaceAll('/usr/bin/portshift', program));
      return join(directory, unit);
    });
    const version = await run('systemd-analyze', ['--version']).catch(() => undefined);
    hasAnalyze = version?.code === 0;
    if (!hasAnalyze)
      process.stderr.write('there is no systemd-analyze here: the units are checked by their lines alone\n');
  });
  after(() => rmSync(directory, { recursive: true, force: true }));

  it('name commands that the command line has', async () => {
    const commands = files.flatMap((file) => readFileSync(file, 'utf8').match(/(?<=^Exec\w+=).*$/gm) ?? []);
    assert.equal(commands.length, 3);
    for (const command of commands) {
      const [node = '', program = '', name = ''] = command.split(' ');
      const { code, stdout } = await run(node, [program, name, '--help']);
      assert.equal(code, 0);
      for (const option of command.match(/--(?!json)\w+/g) ?? []) assert.ok(stdout.includes(option), option);
    }
  });

  it('give no capability but those that netfilter takes', () => {
    for (const file of files) {
      const text = readFileSync(file, 'utf8');
      for (const set of ['CapabilityBoundingSet', 'AmbientCapabilities']) {
        assert.ok(text.includes(`\n${set}=CAP_NET_ADMIN CAP_NET_RAW\n`));
      }
    }
  });

  it('are accepted by systemd-analyze, where there is one', async () => {
    if (!hasAnalyze) return;
    const { code, stdout, stderr } = await run('systemd-analyze', ['verify', '--man=no', ...files]);
    const remarks = `${stdout}${stderr}`.split('\n').filter((line) => line.includes('portshift'));
    assert.deepEqual([code, remarks], [0, []]);
    for (const file of files) {
      const words = ['security', '--offline=true', `--threshold=${EXPOSURE}`, '--no-pager', file];
      const exposure = await run('systemd-analyze', words);
      assert.equal(exposure.code, 0, exposure.stdout + exposure.stderr);
    }
  });
});
