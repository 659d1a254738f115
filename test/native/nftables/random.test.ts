import assert from 'node:assert/strict';
import {
  type Firewall,
  FirewallError,
  loopback,
  MemoryKernel,
  markDrop,
  openFirewall,
  type PublishOptions,
  type Rule,
  redirect,
} from '../../../lib';
import type { Port } from '../../../lib/model/port';
import { Random } from '../../backends/support/random';
import { NftHost, textsOf } from './support';

const SEEDS = process.env['PORTSHIFT_SEED'] ? [Number(process.env['PORTSHIFT_SEED'])] : [1, 2, 3, 4, 5, 6];
const TURNS = 60;

const ADDRESSES = ['192.0.2.7', '192.0.2.8', '2001:db8::7', '127.0.0.5', '::1'] as const;
const TARGETS = ['192.0.2.7', '2001:db8::7'] as const;
const INTERFACES = ['eth0', 'eth1'] as const;

/** Few ports, so that ranges overlap and rules meet. */
function port(random: Random): Port {
  const first = 1 + random.below(20);
  return random.chance(0.6) ? first : `${first}-${first + 1 + random.below(6)}`;
}

function translation(random: Random) {
  return {
    protocol: random.pick(['tcp', 'udp'] as const),
    port: random.chance(0.05) ? ('65500-65535' as const) : port(random),
    targetPort: 30 + random.below(4),
    ...(random.chance(0.3) && { destination: random.pick(ADDRESSES) }),
    ...(random.chance(0.2) && { targetAddress: random.pick(TARGETS) }),
  };
}

function publication(random: Random): PublishOptions {
  return {
    name: `n${random.below(6)}`,
    ...translation(random),
    ...(random.chance(0.3) && { interface: random.pick(INTERFACES) }),
    direct: random.pick(['closed', 'local', 'open'] as const),
    deny: random.pick(['drop', 'reject'] as const),
    established: random.pick(['keep', 'drop'] as const),
    loopback: random.chance(0.7),
  };
}

function rule(random: Random): Rule {
  const family = random.chance(0.3) ? { family: random.pick(['ipv4', 'ipv6'] as const) } : {};
  switch (random.below(3)) {
    case 0:
      return redirect({ ...translation(random), ...(random.chance(0.3) && { interface: random.pick(INTERFACES) }) });
    case 1: {
      const { targetAddress, ...options } = translation(random);
      return loopback(targetAddress === undefined ? { ...options, ...family } : { ...options, targetAddress });
    }
    default:
      return markDrop({
        protocol: random.pick(['tcp', 'udp'] as const),
        port: random.chance(0.5) ? 30 + random.below(4) : port(random),
        direct: random.pick(['closed', 'local'] as const),
        deny: random.pick(['drop', 'reject'] as const),
        established: random.pick(['keep', 'drop'] as const),
        ...family,
      });
  }
}

/** One thing that somebody does with a firewall. What it is depends on nothing but the random numbers. */
function action(random: Random): (firewall: Firewall) => Promise<unknown> {
  const [kind, options, next, one, other] = [
    random.below(10),
    publication(random),
    port(random),
    rule(random),
    rule(random),
  ];
  const clears = random.chance(0.2);
  const named = async (firewall: Firewall) => (await firewall.published()).find(({ name }) => name === options.name);
  switch (kind) {
    case 0:
    case 1:
    case 2:
      return (firewall) => firewall.publish(options);
    case 3:
      return async (firewall) => (await named(firewall))?.move(next);
    case 4:
      return async (firewall) => (await named(firewall))?.retarget(options.targetPort);
    case 5:
      return async (firewall) => (await named(firewall))?.withdraw();
    case 6:
      return async (firewall) => (await firewall.publish(options)).applied?.rollback();
    case 7:
      return (firewall) => firewall.update({ add: [one, other] });
    case 8:
      return async (firewall) => {
        const unnamed = (await firewall.rules()).filter(({ name }) => name === undefined);
        // They come in no order.
        unnamed.sort((a, b) => a.text.localeCompare(b.text));
        return firewall.update({ add: [one], remove: unnamed.slice(0, 2).map((installed) => installed.rule) });
      };
    default:
      return (firewall) => (clears ? firewall.clear() : firewall.apply([one, other]));
  }
}

/** A rule that cannot be is no action. */
function possible(random: Random): (firewall: Firewall) => Promise<unknown> {
  for (;;) {
    try {
      return action(random);
    } catch (error) {
      assert.ok(error instanceof FirewallError);
    }
  }
}

/** What came of it: the error's code, or `done`. */
async function outcome(doing: Promise<unknown>): Promise<string> {
  try {
    await doing;
    return 'done';
  } catch (error) {
    if (!(error instanceof FirewallError)) throw error;
    return `${error.code}: ${error.message}`;
  }
}

describe('Whatever is done on nft', () => {
  let host: NftHost;

  beforeEach(async () => {
    host = await NftHost.create();
  });

  afterEach(() => host.remove());

  for (const seed of SEEDS) {
    it(`ends as it does in memory, and is found again: seed ${seed}`, async () => {
      const random = new Random(seed);
      const model = await openFirewall({ backend: 'memory', kernel: new MemoryKernel() });
      const firewall = await host.open();
      for (let turn = 0; turn < TURNS; turn += 1) {
        const act = possible(random);
        assert.equal(await outcome(act(firewall)), await outcome(act(model)), `turn ${turn}`);
        assert.deepEqual(await textsOf(firewall), await textsOf(model), `turn ${turn}`);
        const later = await host.open();
        assert.deepEqual(later.repaired, [], `turn ${turn}`);
        assert.deepEqual(await textsOf(later), await textsOf(model), `turn ${turn}`);
        await later.close();
      }
      assert.deepEqual(firewall.repaired, []);
      await firewall.clear();
      assert.equal(await host.list(), '');
    });
  }
});
