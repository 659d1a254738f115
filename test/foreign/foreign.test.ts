import assert from 'node:assert/strict';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Firewall, openFirewall } from '../../lib';
import { exec } from '../support/command';
import { Namespace } from '../support/namespace';
import { until } from '../support/until';
import { Events } from '../watch/events';
import { type ForeignTool, GENTLE, ROUGH } from './tools';

const ROOT = join(__dirname, '..', '..');
const WEB = { name: 'web', port: 8445, targetPort: 8443 };
const API = { name: 'api', protocol: 'udp', port: 9445, targetPort: 9443, deny: 'reject' } as const;

/** A namespace in which every legacy table exists, as iptables-save tells those that do not from empty ones. */
async function namespaceWithTables(): Promise<Namespace> {
  const namespace = await Namespace.create();
  for (const command of ['iptables-legacy', 'ip6tables-legacy']) {
    for (const table of ['filter', 'mangle', 'nat', 'raw', 'security']) {
      await namespace.run(command, ['-w', '-t', table, '-S']);
    }
  }
  return namespace;
}

async function runTool(namespace: Namespace, { script }: ForeignTool): Promise<void> {
  const lines = `. ${join(__dirname, 'environment.sh')}
    exec 3>&1 > /run/log 2>&1
    trap '[ "$?" = 0 ] || cat /run/log >&3' EXIT
    ${script}`;
  const { code, stdout, stderr } = await namespace.run(
    'unshare',
    ['--mount', '--propagation', 'private', '--', 'bash', '-c', lines],
    { env: { ...process.env, TOOLS: join(ROOT, '.foreign-tools') }, timeout: 60_000 },
  );
  assert.equal(code, 0, stdout + stderr);
}

/** Everything that is not ours, without what was counted. */
async function theirs(namespace: Namespace): Promise<string> {
  const commands = 'iptables-legacy-save; ip6tables-legacy-save; nft --stateless list ruleset 2>/dev/null';
  const { stdout } = await namespace.exec('sh', ['-c', commands]);
  return stdout
    .replaceAll(/^table inet portshift \{\n(?:.*\n)*?\}\n/gm, '')
    .replaceAll(/^#.*\n|^.*\bportshift\b.*\n| \[\d+:\d+\]$/gm, '');
}

async function rulesOf(firewall: Firewall): Promise<string[]> {
  return (await firewall.rules()).map(({ text }) => text).sort();
}

before(async function () {
  this.timeout(180_000);
  await exec(join(ROOT, 'scripts', 'foreign-tools'), [], { timeout: 170_000 });
});

/** Moves the port again and again; answers how often, when it was told to stop and all is as at first. */
async function keepMoving(firewall: Firewall, end: AbortSignal): Promise<number> {
  const [web] = (await firewall.published()).filter(({ name }) => name === 'web');
  assert.ok(web !== undefined);
  let moves = 0;
  for (; !end.aborted; moves += 1) {
    await web.move(WEB.port + 1 + (moves % 3));
    await sleep(15);
  }
  await web.move(WEB.port);
  return moves;
}

for (const tool of [...GENTLE, ...ROUGH]) {
  const heal = ROUGH.includes(tool);
  const what = heal ? 'what it takes of portshift is reported and put back' : 'nothing of portshift either';

  it(`Beside ${tool.name}, nothing of theirs is lost while ports change, and ${what}`, async function () {
    this.timeout(120_000);
    await using reference = await namespaceWithTables();
    await using namespace = await namespaceWithTables();
    await runTool(reference, tool);
    const alone = await theirs(reference);

    const open = async (backend: 'iptc' | 'nft') => {
      const firewall = await openFirewall({ backend, namespace: namespace.path });
      await firewall.publishAll([WEB, API]);
      const events = new Events(await firewall.watch({ heal, interval: 50 }));
      return { backend, firewall, events, rules: await rulesOf(firewall) };
    };
    const all = [await open('iptc'), await open('nft')];
    try {
      const stop = new AbortController();
      const moving = all.map(({ firewall }) => keepMoving(firewall, stop.signal));
      await runTool(namespace, tool).finally(() => stop.abort());
      for (const moves of await Promise.all(moving)) assert.ok(moves > 2, `${moves} moves`);
      for (const { backend, firewall, events, rules } of all) {
        await until('ours is whole', async () => (await rulesOf(firewall)).join() === rules.join());
        assert.deepEqual(events.failed, []);
        if (tool.takes.includes(backend)) assert.ok(events.lost.length > 0 && events.healed.length > 0);
        else assert.deepEqual([events.lost, firewall.repaired], [[], []]);
      }
      assert.equal(await theirs(namespace), alone);
    } finally {
      for (const { firewall } of all) await firewall.close();
    }
  });
}
