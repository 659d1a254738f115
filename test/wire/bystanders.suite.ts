import assert from 'node:assert/strict';
import { type BackendName, openFirewall } from '../../lib';
import type { Outcome } from '../support/agent/protocol';
import { FAMILIES, Hosts, OUTSIDE_ADDRESSES, THIRD_ADDRESSES } from '../support/hosts';
import { assertProbes } from '../support/probe-matrix';

const PORT = 8445;
const TARGET = 8443;
const PATIENCE = 5_000;

function words(outcome: Outcome): string {
  return outcome.state === 'open' ? outcome.server : outcome.state;
}

/** Traffic that has nothing to do with the published port, but uses the same numbers. */
export function bystandersSuite(backend: BackendName): void {
  for (const protocol of ['tcp', 'udp'] as const) {
    describe(`Beside a published ${protocol} port on ${backend}`, () => {
      let hosts: Hosts;

      before(async () => {
        hosts = await Hosts.create({ third: true });
        await hosts.server.serve({ kind: protocol, id: 'blue', port: TARGET });
        for (const port of [PORT, TARGET]) {
          await hosts.third?.serve({ kind: protocol, id: `third ${port}`, port });
          await hosts.outside.serve({ kind: protocol, id: `outside ${port}`, port });
        }
        await using firewall = await openFirewall({ backend, namespace: hosts.path });
        await firewall.publish({ protocol, port: PORT, targetPort: TARGET, deny: 'reject', established: 'drop' });
      });

      after(() => hosts.remove());

      it('what the host forwards to the same ports of another host gets there', async () => {
        const probes = FAMILIES.flatMap((family) =>
          [PORT, TARGET].map((port) => ({ protocol, address: THIRD_ADDRESSES[family], port, timeout: PATIENCE })),
        );
        const outcomes = (await hosts.outside.probe(probes)).map(words);
        assert.deepEqual(outcomes, ['third 8445', 'third 8443', 'third 8445', 'third 8443']);
      });

      it("the host's own connections to the same ports of another host get there", async () => {
        const probes = FAMILIES.flatMap((family) =>
          [PORT, TARGET].map((port) => ({ protocol, address: OUTSIDE_ADDRESSES[family][0], port, timeout: PATIENCE })),
        );
        const outcomes = (await hosts.server.probe(probes)).map(words);
        assert.deepEqual(outcomes, ['outside 8445', 'outside 8443', 'outside 8445', 'outside 8443']);
      });

      it('the published port itself works', () =>
        assertProbes(hosts, [
          { protocol, port: PORT, expected: 'open blue' },
          { protocol, port: TARGET, expected: 'refused' },
        ]));
    });
  }
}
