import assert from 'node:assert/strict';
import { once } from 'node:events';
import { program } from '../../lib/cli/run';
import { type CommandLine, useCommandLine } from './command-line';

/** Escape sequences of C0 and C1, DEL, a bidirectional override, an isolate, a separator and an end of line. */
const HOSTILE = 'x\u001b]0;t\u0007\u009b2J\u007f\u202e\u2066\u2028\ny';
/** How a terminal is given it. */
const SHOWN = 'x\\u{1b}]0;t\\u{7}\\u{9b}2J\\u{7f}\\u{202e}\\u{2066}\\u{2028}\\u{a}y';
const CONTROLS = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;

/** Every command, in an order in which each has something to do; more than once where it says different things. */
const LINES: readonly string[] = [
  'publish 8445:8443 --name web',
  'list',
  'doctor',
  'move web 8446',
  'retarget web 9443',
  'rollback',
  'apply - --dry-run',
  'apply - --confirm-within 60s',
  'list',
  'confirm',
  'watch',
  'withdraw web',
  'clear',
  'doctor',
];
const FILE = 'published: [{ name: web, port: 8447, targetPort: 8443 }]';

/** Rules of others as CAP_NET_ADMIN lets them be, before ours and in ours, in whatever tables there are. */
async function makeHostile({ namespace }: CommandLine): Promise<void> {
  const add = (kind: string, object: object) => ({ add: { [kind]: { family: 'inet', table: HOSTILE, ...object } } });
  const chain = { type: 'filter', hook: 'input', prio: 10, policy: 'drop' };
  const ruleset = [
    { add: { table: { family: 'inet', name: HOSTILE } } },
    add('chain', { name: HOSTILE, ...chain }),
    add('rule', { chain: HOSTILE, expr: [{ counter: null }], comment: HOSTILE }),
  ];
  await namespace.exec('nft', ['-j', JSON.stringify({ nftables: ruleset })]);
  const legacy = (...args: string[]) => namespace.run('iptables-legacy', ['-w', ...args]);
  const name = HOSTILE.replace('\n', '').slice(0, 20);
  await legacy('-N', name);
  await legacy('-A', name, '-m', 'comment', '--comment', HOSTILE, '-j', 'ACCEPT');
  await legacy('-A', 'INPUT', '-j', name);
  await legacy('-t', 'mangle', '-N', `portshift.${name.slice(0, 15)}`);
}

/** What a foreign hand does to the rules that are installed. */
async function meddle({ namespace }: CommandLine): Promise<void> {
  const rule = {
    family: 'inet',
    table: 'portshift',
    chain: 'closed_input',
    expr: [{ accept: null }],
    comment: HOSTILE,
  };
  const chain = { family: 'inet', table: 'portshift', name: HOSTILE };
  const ruleset = [{ add: { chain } }, { add: { rule } }];
  await namespace.run('nft', ['-j', JSON.stringify({ nftables: ruleset })]);
  await namespace.run('nft', ['flush', 'map', 'inet', 'portshift', 'tcp_ports']);
  const { stdout } = await namespace.run('iptables-legacy-save', ['-t', 'nat']);
  const [ours] = stdout.match(/portshift\.[\w.]+/) ?? [];
  if (ours === undefined) return;
  const stray = ['-w', '-t', 'nat', '-I', ours, '-m', 'comment', '--comment', `portshift ${HOSTILE}`, '-j', 'RETURN'];
  await namespace.run('iptables-legacy', stray);
}

describe('Names of others that would control a terminal', () => {
  const cli = useCommandLine();

  async function watched(args: string): Promise<string> {
    const child = await cli().start(args);
    const output: string[] = [];
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => output.push(String(text)));
    await once(child.stdout, 'data');
    await meddle(cli());
    await cli()
      .done(`list ${args.includes('nft') ? '--backend nft' : ''}`)
      .catch(() => '');
    child.kill('SIGTERM');
    await once(child, 'close');
    return output.join('');
  }

  async function written(line: string, flags: string): Promise<string> {
    if (line === 'watch') return watched(`watch --heal --interval 50ms ${flags}`);
    const { stdout, stderr } = await cli().run(`${line} ${flags}`, { input: FILE });
    return stdout + stderr;
  }

  it('are tried on every command', () => {
    const tried = new Set(LINES.map((line) => line.split(' ')[0]));
    assert.deepEqual(
      [...tried].sort(),
      program()
        .commands.map((command) => command.name())
        .sort(),
    );
  });

  /** All that the commands write, each of which has been looked at. */
  async function writtenByAll(flags: string): Promise<string> {
    let all = '';
    for (const line of LINES) {
      const text = await written(line, flags);
      assert.doesNotMatch(text.replaceAll('\n', ''), CONTROLS, `${line}: ${JSON.stringify(text)}`);
      all += text;
    }
    return all;
  }

  for (const backend of ['iptc', 'nft'] as const) {
    it(`are escaped in lines and tables on ${backend}`, async () => {
      await makeHostile(cli());
      const all = await writtenByAll(`--backend ${backend}`);
      assert.ok(all.includes(SHOWN), all);
    });

    it(`are escaped in JSON on ${backend}, and come out as they are`, async () => {
      await makeHostile(cli());
      const all = await writtenByAll(`--backend ${backend} --json`);
      const objects = all.split('\n').filter((line) => line.startsWith('{'));
      const texts = objects.map((object) => JSON.stringify(JSON.parse(object)));
      assert.ok(
        texts.some((text) => text.includes(JSON.stringify(HOSTILE).slice(1, -1))),
        all,
      );
    });
  }

  it('are escaped in what is said of a file, a namespace and the environment', async () => {
    const error = await cli().fails(2, `apply ${HOSTILE.replace(' ', '')}`);
    assert.ok(error.includes('\\u{1b}'), error);
    const lock = await cli().run('publish 8445:8443', { env: { XTABLES_LOCKFILE: `/nowhere/${HOSTILE}` } });
    const state = await cli().run('publish 8445:8443', { env: { PORTSHIFT_STATE_DIR: `/nowhere/${HOSTILE}` } });
    for (const { stderr } of [lock, state]) {
      assert.match(stderr, /\\u\{1b\}/);
      assert.doesNotMatch(stderr.trimEnd(), CONTROLS);
    }
    const json = await cli().run('publish 8445:8443 --json', { env: { XTABLES_LOCKFILE: `/nowhere/${HOSTILE}` } });
    assert.doesNotMatch(json.stderr.trimEnd(), CONTROLS);
    const { error: told } = JSON.parse(json.stderr) as { error: { message: string } };
    assert.ok(told.message.includes(HOSTILE), told.message);
  });
});

/** Bytes that no UTF-8 has, as printf(1) writes them: at the end of a character, and by themselves. */
const BYTES = String.raw`a\377\303\050\342\202`;

describe('Names of others that are no UTF-8', () => {
  const cli = useCommandLine();

  const shell = async (script: string) => {
    const { stdout } = await cli().namespace.exec('sh', [
      '-ec',
      `export LC_ALL=C; name=$(printf '${BYTES}'); ${script}`,
    ]);
    return stdout;
  };
  /** In hexadecimal: they would not come through otherwise. */
  const rules = () =>
    shell("iptables-legacy-save | grep -a -v '^#' | sed 's/ *\\[[0-9:]*\\]$//' | od -An -v -tx1 | tr -d '\\n'");

  it('are carried by every change, and shown escaped', async () => {
    await shell(`
      for table in nat mangle filter; do
        iptables-legacy -w -t $table -N "$name"
        iptables-legacy -w -t $table -A "$name" -p tcp --dport 7 -m comment --comment "$name" -j ACCEPT
        iptables-legacy -w -t $table -A OUTPUT -j "$name"
      done
      iptables-legacy -w -A "$name" -i "$name" -j RETURN`);
    const before = await rules();
    assert.match(before, /61 ff c3 28 e2 82/);
    for (const line of ['publish 8445:8443 --name web', 'move web 8446', 'list', 'doctor', 'rollback', 'clear']) {
      const { code, stderr } = await cli().run(line);
      assert.deepEqual([code === 2, /ERR|cannot|fail/.test(stderr)], [false, false], `${line}: ${stderr}`);
    }
    assert.equal(await rules(), before);
  });

  it('do not keep a rule of ours from being put right', async () => {
    await cli().done('publish 8445:8443 --name web');
    await shell(`
      iptables-legacy -w -t nat -N "$name"
      iptables-legacy -w -t nat -A "$name" -m comment --comment portshift -j portshift.pre
      iptables-legacy -w -t nat -A "$name" -m comment --comment theirs -j ACCEPT`);
    const { code, stderr } = await cli().run('list');
    assert.equal(code, 0, stderr);
    assert.match(
      stderr,
      /repaired: ipv4 nat a\\u\{dcff\}\\u\{dcc3\}\(\\u\{dce2\}\\u\{dc82\} holds a rule that is out of place/,
    );
    const chain = await shell('iptables-legacy -w -t nat -S "$name" | grep -c -e "-A"');
    assert.equal(chain.trim(), '1');
    await cli().done('clear');
  });
});
