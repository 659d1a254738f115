import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loopback, markDrop, redirect } from '../../../lib';
import { loadAddon } from '../../../lib/backends/addon';
import type { NftAddon } from '../../../lib/backends/nft/addon';
import { ElementWriter } from '../../../lib/backends/nft/elements';
import { InstalledNft } from '../../../lib/backends/nft/installed';
import { operationText } from '../../../lib/backends/nft/notation';
import { planNft } from '../../../lib/backends/nft/plan';
import { difference } from '../../../lib/model/change';
import type { Entry } from '../../../lib/model/entry';
import { checkPublication, entriesOf } from '../../../lib/model/publication';
import { sliced } from '../../../lib/util/slices';

/**
 * The messages of each change, byte for byte, under what they say in the notation of `nft --debug=netlink`. A change that
 * is meant to be is taken over with PORTSHIFT_GOLDEN=write; the bytes are those of a host with little-endian words.
 */
const published = (options: object) => entriesOf(checkPublication('', options, ['ipv4', 'ipv6']));

const web = published({ name: 'web', port: 8445, targetPort: 8443 });
const moved = published({ name: 'web', port: 8446, targetPort: 8443 });
const retargeted = published({ name: 'web', port: 8446, targetPort: 9443 });
const range = published({ name: 'range', protocol: 'udp', port: '8000-8010', targetPort: 7000, deny: 'reject' });
const bound = published({
  name: 'bound',
  port: '8020-8029',
  targetPort: 7000,
  destination: '192.0.2.7',
  interface: 'eth0',
  targetAddress: '192.0.2.8',
  direct: 'local',
  established: 'drop',
});
const rules: Entry[] = [
  redirect({ port: 80, targetPort: 8080, family: 'ipv6' }),
  loopback({ port: 80, targetPort: 8080, destination: '2001:db8::7' }),
  markDrop({ protocol: 'udp', port: '1-5', deny: 'reject', family: 'ipv4' }),
].map((rule) => ({ rule }));

/** Each from what the one before has left. */
const CHANGES: readonly (readonly [name: string, wanted: readonly Entry[]])[] = [
  ['publish-the-first', web],
  ['move', moved],
  ['retarget', retargeted],
  ['publish-a-range-that-rejects', [...retargeted, ...range]],
  ['publish-at-an-address', [...retargeted, ...bound]],
  ['rules', [...retargeted, ...rules]],
  ['clear', []],
];

/** With a mark on what is denied. */
const MARKED: typeof CHANGES = [['publish-with-a-mark', [...web, ...range]]];

function compare(name: string, actual: string): void {
  const file = join(__dirname, 'golden', `${name}.txt`);
  if (process.env['PORTSHIFT_GOLDEN'] === 'write') writeFileSync(file, actual);
  assert.equal(actual, readFileSync(file, 'utf8'));
}

/** Lines of 32 bytes. */
function bytesText(message: string): string {
  return (message.match(/.{1,64}/g) ?? []).map((line) => `    ${line.match(/.{1,8}/g)?.join(' ')}`).join('\n');
}

describe('The messages to nf_tables', () => {
  const addon = loadAddon<NftAddon>('nft');

  for (const [mark, changes] of [
    [undefined, CHANGES],
    [{ value: 0x2_0000, mask: 0x7_0000 }, MARKED],
  ] as const) {
    const installed = new InstalledNft(mark);
    let before: readonly Entry[] = [];
    let handle = 0;
    for (const [name, wanted] of changes) {
      it(`of ${name} are these`, async () => {
        const plan = await sliced(planNft(installed, difference(before, wanted), { owner: false, keep: false }));
        before = wanted;
        for (const rule of plan.made.values()) {
          handle += 1;
          rule.handle = handle;
        }
        const lines = plan.operations.map((operation) => {
          const batch = new addon.Batch('portshift');
          const writer = new ElementWriter();
          if ('elements' in operation) {
            writer.write(operation);
            batch.elements(writer.take());
          } else batch.push([operation]);
          return [operationText(operation, 'portshift'), ...batch.messages().map(bytesText)].join('\n');
        });
        compare(name, `${lines.join('\n\n')}\n`);
      });
    }
  }
});
