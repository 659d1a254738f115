import assert from 'node:assert/strict';
import fc from 'fast-check';
import { type BackendName, type Firewall, FirewallError, MemoryKernel, openFirewall } from '../../lib';
import { Namespace } from '../support/namespace';
import { ARGUMENTS, CALLS, type Call } from './calls';
import { assertRefusal, changing, hostile } from './hostile';

/** How many values each option is given; more by PORTSHIFT_FUZZ_RUNS. */
const RUNS = Number(process.env['PORTSHIFT_FUZZ_RUNS'] ?? 60);
/** Real kernels get fewer: what is checked comes before them. */
const KERNEL_RUNS = Math.ceil(RUNS / 4);
const LISTINGS = [['iptables-legacy-save'], ['ip6tables-legacy-save'], ['nft', '-j', 'list', 'ruleset']] as const;
const PRESENT = { name: 'present', port: 9445, targetPort: 9443 };

/** What a call came to: an error, or none. */
async function outcome(run: () => unknown): Promise<{ readonly error?: unknown }> {
  try {
    await run();
    return {};
  } catch (error) {
    return { error };
  }
}

describe('The options that are tried', () => {
  for (const call of CALLS) {
    it(`of ${call.name} are all that it has`, async () => {
      const firewall = await openFirewall({ backend: 'memory', kernel: new MemoryKernel() });
      const { error } = await outcome(() => call.run({ ...call.base, nonsense: 1 }, firewall));
      assert.ok(error instanceof FirewallError && error.field?.endsWith('.nonsense'), String(error));
      const accepted = / accepted are (.*)$/.exec(error.message)?.[1]?.split(', ');
      assert.deepEqual(accepted?.sort(), Object.keys(call.options).sort());
    });
  }
});

for (const backend of ['memory', 'nft', 'iptc'] as const satisfies readonly BackendName[]) {
  describe(`Whatever is given to the API on ${backend}`, function () {
    this.timeout(120_000);
    const numRuns = backend === 'memory' ? RUNS : KERNEL_RUNS;
    let namespace: Namespace | undefined;
    let firewall: Firewall;
    let before_: string;

    before(async () => {
      if (backend === 'memory') {
        firewall = await openFirewall({ backend, kernel: new MemoryKernel() });
      } else {
        namespace = await Namespace.create();
        firewall = await openFirewall({ backend, namespace: namespace.path });
        // An empty table and one that nobody has used yet are the same to everybody but iptables-save.
        for (const command of backend === 'iptc' ? ['iptables-legacy', 'ip6tables-legacy'] : []) {
          for (const table of ['filter', 'security']) await namespace.exec(command, ['-w', '-t', table, '-S']);
        }
      }
      await firewall.publish(PRESENT);
      before_ = await listing();
    });

    after(async () => {
      await firewall.close();
      await namespace?.remove();
    });

    afterEach(async () => {
      assert.equal(await listing(), before_, 'something has changed');
    });

    /** Everything in the kernel, as tools print it that are not ours. */
    async function listing(): Promise<string> {
      if (namespace === undefined) return (await firewall.save()).rules.toSorted().join('\n');
      const texts: string[] = [];
      for (const [command, ...options] of LISTINGS) texts.push((await namespace.exec(command, options)).stdout);
      // Comments hold the time; counters and handles are no rules.
      return texts
        .join('')
        .replace(/^#.*\n/gm, '')
        .replace(/"handle": \d+|\[\d+:\d+\]/g, '');
    }

    /** Where a value is accepted, the change is taken back: the present port alone stays. */
    async function restore(): Promise<void> {
      await firewall.publishAll([PRESENT]);
    }

    async function tried(call: Call, options: object, option: string): Promise<void> {
      const { error } = await outcome(() => call.run(options, firewall));
      if (error === undefined) return restore();
      // What is wrong with a mask may be said of the value under it.
      assertRefusal(error, call.name === 'mark' ? 'mark' : option);
    }

    const calls =
      backend === 'memory' ? CALLS : CALLS.filter(({ name }) => ['publish', 'publishAll', 'apply'].includes(name));
    for (const call of calls) {
      for (const option of Object.keys(call.options)) {
        it(`as ${option} of ${call.name} is done or refused`, async () => {
          const property = fc.asyncProperty(hostile, ({ make }) =>
            tried(call, { ...call.base, [option]: make() }, option),
          );
          await fc.assert(property, { numRuns });
        });
      }

      it(`by a getter of ${call.name} that throws is refused, and one that changes is read once`, async () => {
        for (const [option, values] of Object.entries(call.options)) {
          const [right] = fc.sample(values, { numRuns: 1, seed: 1 });
          const throwing = { get: () => assert.fail('from the caller') };
          for (const getter of [throwing, changing(right, Symbol('another'))]) {
            const options = Object.defineProperty({ ...call.base }, option, { enumerable: true, ...getter });
            const { error } = await outcome(() => call.run(options, firewall));
            if (error === undefined) await restore();
            else assertRefusal(error, getter === throwing ? '' : option);
            if (getter === throwing) assert.ok(error instanceof FirewallError, option);
          }
        }
      });
    }

    for (const argument of ARGUMENTS) {
      it(`as ${argument.name || 'what publish() gets'} is done or refused`, async () => {
        const property = fc.asyncProperty(hostile, async ({ make }) => {
          const { error } = await outcome(() => argument.run(make(), firewall));
          if (error === undefined) await restore();
          else assertRefusal(error, argument.name.replace(/\[0\]$/, ''));
        });
        await fc.assert(property, { numRuns });
      });
    }
  });
}

describe('Options that an Object.prototype was given by somebody', () => {
  it('are none', async () => {
    const prototype = Object.prototype as Record<string, unknown>;
    const firewall = await openFirewall({ backend: 'memory', kernel: new MemoryKernel() });
    try {
      prototype['direct'] = 'open';
      prototype['destination'] = '192.0.2.66';
      const { options } = await firewall.publish({ port: 8445, targetPort: 8443 });
      assert.deepEqual([options.direct, Object.hasOwn(options, 'destination')], ['closed', false]);
    } finally {
      Reflect.deleteProperty(prototype, 'direct');
      Reflect.deleteProperty(prototype, 'destination');
    }
  });
});
