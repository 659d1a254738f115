import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type BackendName, openFirewall, type PublishOptions } from '../../lib';
import { Hosts } from '../support/hosts';
import { assertProbes, OTHER_PLACES, PLACES, type Target } from '../support/probe-matrix';
import { Surroundings } from '../support/surroundings';

const PORT = 8445;
const TARGET = 8443;
const NEIGHBOUR = 22;
const NOBODY = 23;
const OWN_ADDRESSES = ['127.0.0.1', '10.77.0.1', '::1', 'fd77::1'];

/** Rules, marks and owners beside a published port, that were there first or came later. */
export function surroundingsSuite(backend: BackendName): void {
  for (const protocol of ['tcp', 'udp'] as const) {
    const places = protocol === 'tcp' ? [...PLACES, ...OTHER_PLACES] : PLACES;
    const neighbours: Target[] = [
      { protocol, port: NEIGHBOUR, expected: 'open neighbour' },
      { protocol, port: NOBODY, expected: 'refused' },
    ];

    describe(`Beside rules of others, a published ${protocol} port on ${backend}`, () => {
      let hosts: Hosts;

      before(async () => {
        hosts = await Hosts.create();
        await hosts.server.serve({ kind: protocol, id: 'blue', port: TARGET });
        await hosts.server.serve({ kind: protocol, id: 'green', port: 9443 });
        await hosts.server.serve({ kind: protocol, id: 'neighbour', port: NEIGHBOUR });
      });

      afterEach(async () => {
        for (const owner of ['portshift', 'alpha', 'beta']) {
          await using firewall = await open(owner);
          await firewall.clear();
        }
      });

      after(() => hosts.remove());

      const open = (owner = 'portshift') => openFirewall({ backend, namespace: hosts.path, owner });

      const marked = async (address: string, port: number, mark: string) => {
        const client = join(__dirname, '../support/marked-client.py');
        const args = [client, protocol, address, String(port), mark, '400'];
        return (await hosts.server.namespace.exec('python3', args)).stdout.trim();
      };

      for (const deny of ['drop', 'reject'] as const) {
        for (const mark of [undefined, { value: 0x1000, mask: 0x1000 }]) {
          const what = `${deny}${mark ? ', marks what it denies' : ''}`;

          it(`works, is closed behind it and touches no other port where their rules were first (${what})`, async () => {
            await using _surroundings = await Surroundings.add(hosts, backend);
            await using firewall = await openFirewall({
              backend,
              namespace: hosts.path,
              ...(mark === undefined ? {} : { mark }),
            });
            await firewall.publish({ protocol, port: PORT, targetPort: TARGET, deny });
            const targets: Target[] = [
              { protocol, port: PORT, expected: 'open blue' },
              { protocol, port: TARGET, expected: deny === 'drop' ? 'timeout' : 'refused' },
              ...neighbours,
            ];
            await assertProbes(hosts, targets, places);
          });
        }
      }

      it("tells the host's own packets with a mark from no others", async () => {
        await using firewall = await open();
        await firewall.publish({ protocol, port: PORT, targetPort: TARGET });
        for (const mark of ['0x1000', '0xffffffff']) {
          const answers = await Promise.all(
            OWN_ADDRESSES.flatMap((address) => [PORT, TARGET, NEIGHBOUR].map((port) => marked(address, port, mark))),
          );
          assert.deepEqual(
            answers,
            OWN_ADDRESSES.flatMap(() => ['blue', 'timeout', 'neighbour']),
          );
        }
      });

      for (const denials of [
        ['drop', 'reject'],
        ['reject', 'drop'],
        ['reject', 'reject'],
      ] as const) {
        const expected = denials.map((deny) => (deny === 'drop' ? 'timeout' : 'refused') as 'timeout' | 'refused');

        it(`is not touched by another owner's (${denials.join(' beside ')})`, async () => {
          await using alpha = await open('alpha');
          await using beta = await open('beta');
          await alpha.publish({ protocol, port: PORT, targetPort: TARGET, deny: denials[0], established: 'drop' });
          await beta.publish({ protocol, port: 9445, targetPort: 9443, deny: denials[1] });
          const mine = (of: 0 | 1): Target[] => [
            { protocol, port: of === 0 ? PORT : 9445, expected: of === 0 ? 'open blue' : 'open green' },
            { protocol, port: of === 0 ? TARGET : 9443, expected: expected[of] ?? 'timeout' },
          ];
          await assertProbes(hosts, [...mine(0), ...mine(1), ...neighbours], places);
          await alpha.clear();
          await assertProbes(hosts, [{ protocol, port: TARGET, expected: 'open blue' }, ...mine(1)], places);
        });
      }

      it("stays closed when another owner's port with the same target goes", async () => {
        await using alpha = await open('alpha');
        await using beta = await open('beta');
        const options: PublishOptions = { protocol, port: PORT, targetPort: TARGET };
        await alpha.publish(options);
        await beta.publish({ ...options, port: 9445, deny: 'reject' });
        for (const port of [PORT, 9445]) await assertProbes(hosts, [{ protocol, port, expected: 'open blue' }], places);
        await beta.clear();
        await assertProbes(
          hosts,
          [
            { protocol, port: PORT, expected: 'open blue' },
            { protocol, port: TARGET, expected: 'timeout' },
          ],
          places,
        );
      });
    });
  }
}
