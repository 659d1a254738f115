import assert from 'node:assert/strict';
import { SocketAddress } from 'node:net';
import fc from 'fast-check';
import { type Firewall, FirewallError, openFirewall, type PublishOptions } from '../../lib';
import { Namespace } from '../support/namespace';
import { PUBLISH } from './calls';

/** More by PORTSHIFT_FUZZ_RUNS. */
const RUNS = Math.ceil(Number(process.env['PORTSHIFT_FUZZ_RUNS'] ?? 60) / 2);

const { port, targetPort, ...OTHERS } = PUBLISH;
const options = fc.record(
  { port, targetPort, ...OTHERS },
  { requiredKeys: ['port', 'targetPort'] },
) as fc.Arbitrary<PublishOptions>;

function canonicalAddress(address: string): string {
  return address.includes(':') ? new SocketAddress({ address, family: 'ipv6' }).address : address;
}

/** What is to be read back of the options. */
function canonical({ destination, targetAddress, flows: _flows, ...asked }: PublishOptions): Record<string, unknown> {
  const [first, last] = String(asked.port).split('-');
  const single = last === undefined || first === last;
  const protocol = asked.protocol ?? 'tcp';
  const range = single ? Number(first) : asked.port;
  return {
    name: `${protocol}/${range}`,
    protocol,
    direct: 'closed',
    deny: 'drop',
    established: 'keep',
    loopback: true,
    ...asked,
    port: range,
    ...(destination !== undefined && { destination: canonicalAddress(destination) }),
    ...(targetAddress !== undefined && { targetAddress: canonicalAddress(targetAddress) }),
  };
}

/** What stands for the redirect in a listing of the legacy tables. */
function legacyRedirect(asked: PublishOptions): (line: string) => boolean {
  const { protocol, port: range, targetPort: target, destination, targetAddress, interface: name } = canonical(asked);
  const bound = String(targetAddress).includes(':') ? `[${String(targetAddress)}]` : String(targetAddress);
  const address = targetAddress === undefined ? '' : bound;
  const words = [
    ` -p ${String(protocol)} `,
    ` --dport ${String(range).replace('-', ':')} `,
    ...(destination === undefined ? [] : [` -d ${String(destination)}/`]),
    ...(name === undefined ? [] : [` -i ${String(name)} `]),
  ];
  const end =
    protocol === 'udp' && targetAddress === undefined
      ? `-j REDIRECT --to-ports ${String(target)}`
      : `-j DNAT --to-destination ${address}:${String(target)}`;
  return (line) => line.includes('.pre') && words.every((word) => line.includes(word)) && line.endsWith(end);
}

/** The elements of maps in a listing of nft, as text. */
function elementsOf(listing: string): string[] {
  const { nftables } = JSON.parse(listing) as { nftables: { map?: { elem?: unknown[] } }[] };
  return nftables.flatMap(({ map }) => (map?.elem ?? []).map((one) => JSON.stringify(one)));
}

for (const backend of ['nft', 'iptc'] as const) {
  describe(`Whatever publish() accepts on ${backend}`, function () {
    this.timeout(60_000);
    let namespace: Namespace;
    let firewall: Firewall;
    let reader: Firewall;

    before(async () => {
      namespace = await Namespace.create();
      firewall = await openFirewall({ backend, namespace: namespace.path });
      reader = await openFirewall({ backend, namespace: namespace.path });
    });

    after(async () => {
      await Promise.all([firewall.close(), reader.close()]);
      await namespace.remove();
    });

    async function assertInstalled(asked: PublishOptions): Promise<void> {
      const { port: range, targetPort: target } = canonical(asked);
      if (backend === 'nft') {
        const { stdout } = await namespace.exec('nft', ['-j', 'list', 'ruleset']);
        const [first, last] = String(range).split('-');
        const key = last === undefined ? first : `{"range":[${first},${last}]}`;
        const found = elementsOf(stdout).filter(
          (text) => text.includes(`${key}`) && text.includes(`${String(target)}`),
        );
        assert.ok(found.length > 0, stdout);
      } else {
        const saves = ['iptables-legacy-save', 'ip6tables-legacy-save'].map((command) =>
          namespace.exec(command, ['-t', 'nat']),
        );
        const lines = (await Promise.all(saves)).flatMap(({ stdout }) => stdout.split('\n'));
        assert.ok(lines.some(legacyRedirect(asked)), lines.join('\n'));
      }
    }

    it('is in the kernel exactly as it was asked for, and gone when it is withdrawn', async () => {
      let accepted = 0;
      const property = fc.asyncProperty(options, async (asked) => {
        const published = await firewall.publish(asked).catch((error: unknown) => {
          assert.ok(error instanceof FirewallError && error.code === 'ERR_INVALID_ARGUMENT', String(error));
        });
        if (published === undefined) return assert.deepEqual(await reader.rules(), []);
        accepted += 1;
        const [found, ...others] = await reader.published();
        assert.deepEqual([found?.options, others], [canonical(asked), []]);
        await assertInstalled(asked);
        await published.withdraw();
        assert.deepEqual(await reader.rules(), []);
      });
      await fc.assert(property, { numRuns: RUNS });
      assert.ok(accepted > RUNS / 4, `${accepted} of ${RUNS} accepted`);
    });
  });
}
