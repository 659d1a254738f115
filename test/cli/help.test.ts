import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { useCommandLine } from './command-line';
import { builtProgram } from './program';

const COMMANDS = [
  'publish',
  'move',
  'retarget',
  'withdraw',
  'list',
  'apply',
  'confirm',
  'rollback',
  'clear',
  'watch',
  'doctor',
];

const { version } = JSON.parse(readFileSync(join(__dirname, '..', '..', 'package.json'), 'utf8')) as {
  version: string;
};

describe('portshift --help', () => {
  const cli = useCommandLine();

  it('lists the commands, with examples and exit codes', async () => {
    const help = await cli().done('--help');
    for (const command of COMMANDS) assert.match(help, new RegExp(`^  ${command} .*  +[a-z]`, 'm'));
    for (const option of ['--backend', '--owner', '--netns', '--families', '--mark', '--lock-timeout', '--json'])
      assert.ok(help.includes(option));
    assert.match(help, /\nExamples:\n {2}portshift publish 8445:8443 --name web {3}/);
    assert.match(help, /\nExit codes: 0 done, 1 it failed, 2 wrong usage or input\.\n$/);
    assert.equal(await cli().done('help'), help);
  });

  it('tells of each command what it does, with examples', async () => {
    for (const command of COMMANDS) {
      const help = await cli().done(`${command} --help`);
      assert.match(help, new RegExp(`^Usage: portshift ${command} `));
      assert.match(help, new RegExp(`\nExamples:\n  portshift ${command}`));
      assert.match(help, /\nGlobal Options:\n {2}[\s\S]*--mark <value\[\/mask\]>/);
    }
    assert.equal(await cli().done('help move'), await cli().done('move --help'));
  });

  it('tells the choices and the default of an option', async () => {
    const help = (await cli().done('publish --help')).replaceAll(/\s+/g, ' ');
    assert.ok(
      help.includes(
        '--direct <access> the target port reached directly (choices: "closed", "local", "open", default: "closed")',
      ),
    );
    assert.ok(help.includes('(choices: "drop", "reject", default: "drop")'));
    assert.ok(help.includes('(choices: "keep", "drop", default: "keep")'));
  });

  it('has the version of the package', async () => {
    assert.equal(await cli().done('--version'), `${version}\n`);
  });

  it('does not mind a reader that has seen enough', async () => {
    const child = spawn(process.execPath, [await builtProgram(), '--help'], { stdio: ['ignore', 'pipe', 'pipe'] });
    child.stdout.destroy();
    const [stderr, [code]] = await Promise.all([text(child.stderr), once(child, 'exit')]);
    assert.deepEqual([code, stderr], [0, '']);
  });
});
