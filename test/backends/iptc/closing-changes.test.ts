import assert from 'node:assert/strict';
import { difference } from '../../../lib/model/change';
import { markDrop } from '../../../lib/model/mark-drop';
import { checkPublication, entriesOf } from '../../../lib/model/publication';
import type { TableRule } from '../../../lib/model/table-rule';
import type { Step } from '../../../lib/model/table-step';
import { fatesOf, isDenied, probesOf } from '../support/probes';
import { Simulation } from '../support/simulation';

const PROTOCOLS = ['tcp', 'udp'] as const;
/** Both ends of the range, the port that all have in common, and one outside. */
const PROBES = probesOf([8440, 8443, 8445, 8446]);

const CLOSINGS = (['drop', 'reject'] as const).flatMap((deny) =>
  (['keep', 'drop'] as const).flatMap((established) =>
    (['closed', 'local'] as const).flatMap((direct) =>
      ([8443, '8440-8445', '8443-8445'] as const).map((port) => ({ deny, established, direct, port })),
    ),
  ),
);
type Closing = (typeof CLOSINGS)[number];

const ACCEPT: TableRule = { matches: [], target: { target: 'ACCEPT' } };

/** Somebody's rule comes before whatever is in filter by now. */
function acceptInFilter(tables: Simulation): void {
  for (const family of ['ipv4', 'ipv6'] as const) {
    const input = tables.kernel.chains({ family, table: 'filter' }).get('INPUT');
    input?.unshift({ rule: ACCEPT, counters: { packets: 0, bytes: 0 } });
  }
}

const rulesOf = (protocol: (typeof PROTOCOLS)[number], closing: Closing) => [
  { rule: markDrop({ protocol, ...closing }) },
];

interface Options {
  /** What is done to the tables between the one closing rule and the other. */
  readonly before?: (tables: Simulation) => void;
  readonly reorder?: (steps: Step[]) => Step[];
}

/** The moments in which something is let in that is denied before and after, in words. */
async function openings(
  protocol: (typeof PROTOCOLS)[number],
  from: Closing,
  to: Closing,
  { before = () => undefined, reorder = (steps) => steps }: Options = {},
): Promise<string[]> {
  const tables = new Simulation();
  await tables.become(rulesOf(protocol, from));
  before(tables);
  const first = fatesOf(tables.kernel, PROBES);
  const steps = tables.plan(difference(rulesOf(protocol, from), rulesOf(protocol, to)));
  const goal = tables.fork();
  await goal.commit(steps);
  const last = fatesOf(goal.kernel, PROBES);
  const denied = PROBES.filter((_, index) => isDenied(first[index] ?? 'direct') && isDenied(last[index] ?? 'direct'));
  assert.ok(denied.length > 0);
  const found: string[] = [];
  tables.kernel.onStep = ({ family, table }) => {
    for (const [index, fate] of fatesOf(tables.kernel, denied).entries()) {
      if (!isDenied(fate)) found.push(`${family} ${table}: ${JSON.stringify(denied[index])}`);
    }
  };
  await tables.commit(reorder(steps));
  return found;
}

function* pairs(): Generator<readonly [Closing, Closing]> {
  for (const from of CLOSINGS) for (const to of CLOSINGS) if (from !== to) yield [from, to];
}

describe('A closing rule that takes the place of another one', function () {
  this.timeout(60_000);

  for (const protocol of PROTOCOLS) {
    it(`of ${protocol}, whatever the two are, lets nothing in for a moment that both deny`, async () => {
      for (const [from, to] of pairs()) {
        assert.deepEqual(await openings(protocol, from, to), [], JSON.stringify([from, to]));
      }
    });

    it(`of ${protocol} does so where others accept everything in filter before it`, async () => {
      for (const [from, to] of pairs()) {
        const found = await openings(protocol, from, to, { before: acceptInFilter });
        assert.deepEqual(found, [], JSON.stringify([from, to]));
      }
    });
  }

  it('is seen to let something in where its steps are made the other way round', async () => {
    // All but the first step of the filter table and its last one, which write the change down and strike it out.
    const reorder = (steps: Step[]) => {
      const filter = steps.filter(({ family, table }) => family === 'ipv4' && table === 'filter');
      const [first, last] = [filter.slice(0, 1), filter.slice(1).slice(-1)];
      const between = steps.filter((step) => !first.includes(step) && !last.includes(step));
      return [...first, ...between.toReversed(), ...last];
    };
    const [drop, reject] = [CLOSINGS[0], CLOSINGS.find(({ deny }) => deny === 'reject')] as [Closing, Closing];
    for (const protocol of PROTOCOLS) {
      assert.notDeepEqual(await openings(protocol, drop, reject, { before: acceptInFilter, reorder }), []);
      assert.notDeepEqual(await openings(protocol, reject, drop, { reorder }), []);
    }
  });

  it('is of a published port: that stays reachable meanwhile', async () => {
    const web = (options: object) =>
      entriesOf(checkPublication('', { name: 'web', port: 80, targetPort: 8443, ...options }, ['ipv4', 'ipv6']));
    const probes = probesOf([80]);
    const variants = CLOSINGS.filter(({ port }) => port === 8443).map(({ port, ...options }) => options);
    for (const from of variants) {
      for (const to of [...variants, { direct: 'open' }]) {
        const tables = new Simulation();
        await tables.become(web(from));
        const reached = fatesOf(tables.kernel, probes);
        tables.kernel.onStep = () => assert.deepEqual(fatesOf(tables.kernel, probes), reached);
        await tables.become(web(to));
      }
    }
  });
});
