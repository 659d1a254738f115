import assert from 'node:assert/strict';
import { type BackendName, openFirewall } from '../../lib';
import type { HammerResult, Protocol } from '../support/agent/protocol';
import { formerNft, formerRules, formerTables } from '../support/former/former';
import type { Host } from '../support/host';
import { FAMILIES, Hosts, SERVER_ADDRESSES } from '../support/hosts';

/** Of the ruleset `kinds`: one that drops, one that rejects, and one of UDP. */
const SERVICES = [
  { protocol: 'tcp', port: 8445, targetPort: 8443 },
  { protocol: 'tcp', port: 8045, targetPort: 8043 },
  { protocol: 'udp', port: 8053, targetPort: 5353 },
] as const;

const ROUNDS = 4;
const TIMEOUT = 5_000;
/** Where silence is expected, an answer is there by then. */
const SHORT_TIMEOUT = 50;

const RESTORE = { ipv4: 'iptables-legacy-restore', ipv6: 'ip6tables-legacy-restore' } as const;

interface Client {
  readonly host: Host;
  readonly address: string;
  readonly protocol: Protocol;
  readonly port: number;
  readonly isClosed: boolean;
}

/** Rules of the version before become those of this one, while clients go on. */
export function takeoverSuite(backend: BackendName): void {
  describe(`Rules of the version before on ${backend}`, function () {
    this.timeout(60_000);
    let hosts: Hosts;

    beforeEach(async () => {
      hosts = await Hosts.create();
      for (const { protocol, targetPort } of SERVICES) {
        await hosts.server.serve({ kind: protocol, id: `${protocol} ${targetPort}`, port: targetPort });
      }
    });

    afterEach(() => hosts.remove());

    async function install(): Promise<void> {
      const { namespace } = hosts.server;
      if (backend === 'nft') await namespace.exec('nft', ['-f', '-'], { input: formerNft('kinds') });
      else {
        for (const family of FAMILIES) {
          await namespace.exec(RESTORE[family], ['-w', '--noflush'], { input: formerTables('kinds', family) });
        }
      }
    }

    function clients(): Client[] {
      const places = [
        { host: hosts.outside, address: SERVER_ADDRESSES.ipv4[0] },
        { host: hosts.outside, address: SERVER_ADDRESSES.ipv6[0] },
        { host: hosts.server, address: '127.0.0.1' },
        { host: hosts.server, address: SERVER_ADDRESSES.ipv6[0] },
      ];
      return places.flatMap((place) =>
        SERVICES.flatMap(({ protocol, port, targetPort }) => [
          { ...place, protocol, port, isClosed: false },
          { ...place, protocol, port: targetPort, isClosed: true },
        ]),
      );
    }

    /** What each client has met while something ran. */
    async function meanwhile(during: () => Promise<void>): Promise<(Client & { result: HammerResult })[]> {
      const running = await Promise.all(
        clients().map(async (client) => {
          const { host, address, protocol, port, isClosed } = client;
          const timeout = isClosed ? SHORT_TIMEOUT : TIMEOUT;
          const hammer = await host.startHammer({
            protocol,
            address,
            ports: [port],
            timeout,
            concurrency: 2,
            pause: 1,
          });
          return { client, hammer };
        }),
      );
      await during();
      return Promise.all(running.map(async ({ client, hammer }) => ({ ...client, result: await hammer.stop() })));
    }

    it('are taken over without a refused connection, and without an answer from a closed port', async () => {
      for (let round = 0; round < ROUNDS; round += 1) {
        await install();
        const flow = await hosts.outside.open({ protocol: 'tcp', address: SERVER_ADDRESSES.ipv4[0], port: 8445 });
        let texts: string[] = [];
        const met = await meanwhile(async () => {
          await using firewall = await openFirewall({ backend, namespace: hosts.path });
          assert.notDeepEqual(firewall.repaired, []);
          texts = (await firewall.rules()).map(({ text }) => text).sort();
        });
        for (const { address, protocol, port, isClosed, result } of met) {
          const where = `round ${round + 1}: ${protocol} ${address} port ${port}`;
          assert.ok(result.attempts > 0, where);
          assert.deepEqual(isClosed ? result.open : result.failed, {}, where);
        }
        assert.deepEqual(texts, formerRules('kinds'));
        assert.equal((await flow.echo()).state, 'open');
        await flow.close();
        await using firewall = await openFirewall({ backend, namespace: hosts.path });
        assert.deepEqual(firewall.repaired, []);
        await firewall.clear();
      }
    });

    it('are missed by these clients where they are gone for a moment', async () => {
      await install();
      const flush =
        backend === 'nft' ? 'nft flush ruleset' : 'for t in nat mangle; do iptables-legacy -w -t $t -F; done';
      const met = await meanwhile(async () => {
        await hosts.server.namespace.exec('sh', ['-ec', flush]);
        for (;;) {
          const [outcome] = await hosts.outside.probe([
            { protocol: 'udp', address: SERVER_ADDRESSES.ipv4[0], port: 5353, timeout: SHORT_TIMEOUT },
          ]);
          if (outcome?.state === 'open') break;
        }
      });
      const failed = met.filter(({ isClosed, result }) => !isClosed && Object.keys(result.failed).length > 0);
      const opened = met.filter(({ isClosed, result }) => isClosed && Object.keys(result.open).length > 0);
      assert.ok(failed.length > 0 && opened.length > 0, `${failed.length} failed, ${opened.length} opened`);
    });
  });
}
