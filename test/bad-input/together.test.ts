import assert from 'node:assert/strict';
import fc from 'fast-check';
import { FirewallError, MemoryKernel, openFirewall, type PublishOptions } from '../../lib';
import { fateOf, OWN_ADDRESSES, type Probe } from '../backends/support/packet-walk';

/** Few enough ports that they overlap, and that one is the target of another, or of itself, more often than not. */
const PORTS = [80, 81, 82, '80-82', '81-90', '8443-8445', 8443, 8444] as const;
const TARGETS = [80, 85, 8443, 8444, 9000] as const;
const PROTOCOLS = ['tcp', 'udp'] as const;

type Asked = PublishOptions & { readonly name: string; readonly protocol: 'tcp' | 'udp' };

const asked: fc.Arbitrary<Asked[]> = fc
  .array(
    fc.record({
      port: fc.constantFrom(...PORTS),
      targetPort: fc.constantFrom(...TARGETS),
      protocol: fc.constantFrom(...PROTOCOLS),
    }),
    { minLength: 1, maxLength: 4 },
  )
  .map((all) => all.map((one, index) => ({ ...one, name: `service-${index}` })));

function span({ port }: Pick<PublishOptions, 'port'>): readonly [number, number] {
  const [first = 0, last = first] = String(port).split('-').map(Number);
  return [first, last];
}

function contains(one: Asked, port: number): boolean {
  const [first, last] = span(one);
  return first <= port && port <= last;
}

/** Two that share a public port, or of which one leads to, and closes, the public port of the other. */
function clash(one: Asked, other: Asked): boolean {
  if (one.protocol !== other.protocol) return false;
  const [first, last] = span(other);
  return (
    contains(one, first) ||
    contains(one, last) ||
    contains(other, span(one)[0]) ||
    contains(one, other.targetPort) ||
    contains(other, one.targetPort)
  );
}

function isContradiction(all: readonly Asked[]): boolean {
  return all.some(
    (one, index) => contains(one, one.targetPort) || all.slice(index + 1).some((other) => clash(one, other)),
  );
}

describe('Published ports that are asked for together', function () {
  this.timeout(60_000);

  it('lead where each says, or are refused because of two of them, and then nothing has changed', async () => {
    const property = fc.asyncProperty(asked, async (all) => {
      const kernel = new MemoryKernel();
      await using firewall = await openFirewall({ backend: 'memory', kernel });
      await firewall.publish({ name: 'present', port: 7000, targetPort: 7001 });
      const before = await firewall.save();
      const error = await firewall.publishAll(all).then(
        () => undefined,
        (reason: unknown) => reason,
      );
      if (error === undefined) {
        assert.ok(!isContradiction(all), 'was taken');
        for (const one of all) assertLeads(kernel, one);
      } else {
        assert.ok(isContradiction(all), String(error));
        assert.ok(error instanceof FirewallError);
        assert.ok(['ERR_CONFLICT', 'ERR_INVALID_ARGUMENT'].includes(error.code), error.code);
        assert.match(error.field ?? '', /port|targetPort|direct/);
        assert.match(error.message, /choose|change|accepted|give/);
        assert.deepEqual(await firewall.save(), before);
      }
    });
    await fc.assert(property, { numRuns: Number(process.env['PORTSHIFT_FUZZ_RUNS'] ?? 300) });
  });
});

/** From outside and from the host: the public ports lead to the target, which is closed itself. */
function assertLeads(kernel: MemoryKernel, one: Asked): void {
  const { protocol, targetPort } = one;
  for (const family of ['ipv4', 'ipv6'] as const) {
    for (const from of ['eth0', 'lo'] as const) {
      const probe = { family, protocol, from, address: OWN_ADDRESSES[family][0], connection: 'new' } as const;
      const fate = (port: number) => fateOf(kernel, { ...probe, port } satisfies Probe);
      for (const port of span(one)) assert.equal(fate(port), `target :${targetPort}`);
      assert.equal(fate(targetPort), 'dropped');
    }
  }
}
