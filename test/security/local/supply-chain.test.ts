import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { useCommandLine } from '../../cli/command-line';
import { builtProgram } from '../../cli/program';

const ROOT = join(__dirname, '..', '..', '..');
const read = (file: string): unknown => JSON.parse(readFileSync(join(ROOT, file), 'utf8'));

/** What portshift or something that it calls might start. */
const PROGRAMS = [
  'nft',
  'node',
  'sh',
  'nsenter',
  'ip',
  'iptables',
  'iptables-save',
  'iptables-legacy',
  'modprobe',
  'id',
];
const MODULES = ['yaml', 'commander', 'cli-table3', 'node-gyp-build', 'portshift'];

const INPUT = 'published:\n  - { name: web, port: 8445, targetPort: 8443 }\n';
const COMMANDS = [
  'publish 8446:8444 --name other',
  'move other 8447',
  'retarget other 8448',
  'list',
  'apply - --confirm-within 60s',
  'confirm',
  'rollback',
  'clear',
  'doctor',
];

describe('What an installed portshift runs', () => {
  const cli = useCommandLine();
  let directory: string;

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'portshift-supply-'));
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  /** Programs, modules and addons that say that they were started, in every place of a directory. */
  function bait(): void {
    const program = `#!/bin/sh\n: > ${directory}/started-$(/usr/bin/basename "$0")\n`;
    for (const folder of ['.', 'undefined', 'bin']) {
      mkdirSync(join(directory, folder), { recursive: true });
      for (const name of PROGRAMS) writeFileSync(join(directory, folder, name), program, { mode: 0o755 });
    }
    const module = `require('node:fs').writeFileSync(${JSON.stringify(`${directory}/started-module`)}, '')`;
    for (const name of MODULES) {
      mkdirSync(join(directory, 'node_modules', name), { recursive: true });
      writeFileSync(join(directory, 'node_modules', name, 'index.js'), module);
    }
    const release = join(directory, 'build', 'Release');
    mkdirSync(release, { recursive: true });
    for (const name of ['nft.node', 'iptc.node']) writeFileSync(join(release, name), 'no addon');
  }

  const started = () => readdirSync(directory).filter((name) => name.startsWith('started'));

  /** Runs a command in the directory with no other variables than these. */
  const run = (variables: readonly string[], ...words: readonly string[]) =>
    cli().namespace.run('/usr/bin/env', ['-i', ...variables, ...words], { cwd: directory, input: INPUT });

  // One of them on each backend: what is started does not go by it.
  for (const [backend, where, path] of [
    ['nft', 'without a PATH', []],
    ['iptc', 'with a PATH that leads there', ['PATH=:.:bin:undefined']],
  ] as const) {
    it(`is no program, module or addon of the working directory, ${where}`, async () => {
      bait();
      const program = await builtProgram();
      const state = [`XTABLES_LOCKFILE=${join(directory, 'lock')}`, `PORTSHIFT_STATE_DIR=${join(directory, 'state')}`];
      for (const command of COMMANDS) {
        const words = [process.execPath, program, '--backend', backend, ...command.split(' ')];
        const { code, stderr } = await run([...state, ...path, `PORTSHIFT_PREBUILD=${directory}`], ...words);
        assert.equal(code, 0, `${command}: ${stderr}`);
      }
      assert.deepEqual(started(), []);
      // They would have said so.
      await run(['PATH=bin'], 'nft');
      await run([], process.execPath, '--eval', 'require("yaml")');
      assert.deepEqual(started().sort(), ['started-module', 'started-nft']);
    });
  }

  it('says nothing of a directory that PORTSHIFT_PREBUILD names: it looks in its own', async () => {
    mkdirSync(join(directory, 'empty'));
    const env = { PORTSHIFT_PREBUILD: join(directory, 'empty') };
    assert.match(await cli().done('list --backend nft', { env }), /^nothing is published/);
  });

  it('runs one script when it is installed, which builds the addons or finds them built', () => {
    const { scripts, dependencies } = read('package.json') as Record<string, Record<string, string>>;
    const hooks = ['preinstall', 'install', 'postinstall', 'prepare', 'preprepare', 'postprepare', 'prepublish'];
    const found = hooks.filter((hook) => scripts?.[hook] !== undefined);
    assert.deepEqual(found, ['install']);
    assert.equal(scripts?.['install'], 'node-gyp-build');
    assert.deepEqual(Object.keys(dependencies ?? {}).sort(), [
      'cli-table3',
      'commander',
      'node-addon-api',
      'node-gyp-build',
      'yaml',
    ]);
  });

  it('comes from packages whose content is written down, and none of which runs a script of its own', () => {
    const { packages } = read('package-lock.json') as { packages: Record<string, Record<string, unknown>> };
    const installed = Object.entries(packages).filter(([path, { dev }]) => path !== '' && dev !== true);
    assert.ok(installed.length >= 5);
    for (const [path, { resolved, integrity, hasInstallScript }] of installed) {
      // Nothing but the registry's own package of that version.
      assert.equal(resolved, undefined, path);
      assert.match(String(integrity), /^sha512-/, path);
      assert.equal(hasInstallScript, undefined, path);
    }
  });
});
