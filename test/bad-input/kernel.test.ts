import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import { type Firewall, openFirewall } from '../../lib';
import { Namespace } from '../support/namespace';
import { Shell } from '../support/shell';
import { commands, WORDS, withArgument, withOption, written } from './command-words';

const PRESENT = { name: 'web', port: 8445, targetPort: 8443 };
const LISTING = 'iptables-legacy-save -c; ip6tables-legacy-save -c; nft -j list ruleset';
/** These decide where: the tests stay where they are. */
const ELSEWHERE = ['--version', '--help', '--backend', '--netns'];
/** Of the words, every so many; by turns, so that all are tried. */
const SHARE = Number(process.env['PORTSHIFT_FUZZ_SHARE'] ?? 6);

for (const backend of ['iptc', 'nft'] as const) {
  describe(`Whatever is given to the command line, in a kernel, on ${backend}`, function () {
    this.timeout(120_000);
    let namespace: Namespace;
    let shell: Shell;
    let firewall: Firewall;
    let directory: string;
    let before_: string;
    let turn = 0;
    const state = process.env['PORTSHIFT_STATE_DIR'];

    before(async () => {
      directory = await mkdtemp(join(tmpdir(), 'portshift-words-'));
      process.env['PORTSHIFT_STATE_DIR'] = directory;
      namespace = await Namespace.create();
      shell = new Shell(namespace);
      firewall = await openFirewall({ backend, namespace: namespace.path });
      await shell.run('iptables-legacy -w -A INPUT -s 192.0.2.1 -j DROP; nft add table inet theirs');
      await firewall.publish(PRESENT);
      before_ = await listing();
    });

    after(async () => {
      if (state === undefined) Reflect.deleteProperty(process.env, 'PORTSHIFT_STATE_DIR');
      else process.env['PORTSHIFT_STATE_DIR'] = state;
      await firewall.close();
      await shell.close();
      await namespace.remove();
      await rm(directory, { recursive: true });
    });

    const listing = async () => (await shell.run(LISTING)).replace(/^#.*\n/gm, '');

    /** What is refused has changed no byte; what is done is taken back. */
    async function assertHandled(args: readonly string[]): Promise<void> {
      const { code, stdout, stderr } = await written(['--backend', backend, '--netns', namespace.path, ...args]);
      const what = `${JSON.stringify(args)}: ${code}, ${stderr}`;
      assert.ok([0, 1, 2].includes(code), what);
      if (code === 0 || (args.includes('doctor') && stderr === '')) {
        assert.equal(stderr, '', what);
        assert.notEqual(stdout, '', what);
        await firewall.clear();
        await firewall.publish(PRESENT);
        before_ = await listing();
      } else {
        assert.match(stderr, /^portshift: [^\p{C}]+\n$/u, what);
        assert.equal(await listing(), before_, what);
      }
    }

    function some(words: readonly string[]): string[] {
      turn += 1;
      return words.filter((_, index) => (index + turn) % SHARE === 0);
    }

    async function tryOptions(command: Command, words?: readonly string[]): Promise<void> {
      for (const { long, required } of command.options.filter((one) => !ELSEWHERE.includes(one.long ?? ''))) {
        for (const value of required ? some(WORDS).map((word) => [word]) : [[]]) {
          await assertHandled(withOption(command, [long ?? '', ...value], words));
        }
      }
    }

    for (const command of commands()) {
      it(`by ${command.name()} changes nothing if it is refused`, async () => {
        await tryOptions(command);
        if (command.parent === null) await tryOptions(command, ['doctor']);
        for (const index of command.registeredArguments.keys()) {
          for (const word of some(WORDS.filter((text) => !text.startsWith('/dev')))) {
            await assertHandled(withArgument(command, index, word));
          }
        }
        await assertHandled([command.parent === null ? 'list' : command.name(), '--', ...some(WORDS)]);
      });
    }
  });
}
