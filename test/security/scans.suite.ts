import assert from 'node:assert/strict';
import type { BackendName } from '../../lib';
import { FAMILIES, type Family, SERVER_ADDRESSES } from '../support/hosts';
import { LOOPBACK, PUBLISHED, type Published, Stage } from './stage';

/** Scan types of nmap(1), and combinations of flags that it has no type for. */
const SCANS: readonly (readonly string[])[] = [
  ['-sS'],
  ['-sT'],
  ['-sA'],
  ['-sW'],
  ['-sM'],
  ['-sF'],
  ['-sN'],
  ['-sX'],
  ['-sU'],
  ...['SYNFIN', 'SYNRST', 'SYNACK', 'SYNURG', 'SYNPSHECECWR', 'FINACK', 'URG'].map((flags) => [
    '-sS',
    '--scanflags',
    flags,
  ]),
  ['-sS', '-g', '53'],
  ['-sS', '--data-length', '40'],
];
/** What nmap can do with IPv4 only. */
const IPV4_SCANS: readonly (readonly string[])[] = [
  ...['-sS', '-sF', '-sX', '-sA'].map((type) => [type, '-f']),
  ['-sS', '--badsum'],
];
/** Those of which a published port and a closed one have one right answer. */
const TELLING = ['-sS', '-sT'];
/** Those that are done at the loopback address as well. */
const PLAIN = [...TELLING, '-sU'];
/** Programs that run at the same time; mostly they wait for answers that do not come. */
const CONCURRENCY = 16;

/** A packet without an answer is sent twice more, at short intervals: the hosts are on one machine. */
const PACE = '--max-retries 2 --initial-rtt-timeout 100ms --max-rtt-timeout 200ms --max-scan-delay 10ms'.split(' ');

interface Place {
  readonly from: 'outside' | 'host';
  readonly family: Family;
  readonly address: string;
}

const PLACES: readonly Place[] = FAMILIES.flatMap((family): Place[] => [
  { from: 'outside', family, address: SERVER_ADDRESSES[family][0] },
  { from: 'host', family, address: SERVER_ADDRESSES[family][0] },
  { from: 'host', family, address: LOOPBACK[family] },
]);

function isWorthwhile(type: readonly string[], { family, address }: Place): boolean {
  return (family === 'ipv4' || SCANS.includes(type)) && (address !== LOOPBACK[family] || PLAIN.includes(type.join()));
}

/** What is to be said of a closed port; undefined: anything but `open`. */
function expected(type: readonly string[], place: Place, { deny, direct }: Published['options']): string | undefined {
  if (!TELLING.includes(type.join())) return undefined;
  if (place.from === 'host' && direct === 'local') return 'open';
  return deny === 'reject' ? 'closed' : 'filtered';
}

type States = ReadonlyMap<number, string>;

async function scan({ hosts }: Stage, { from, family, address }: Place, type: readonly string[]): Promise<States> {
  const ports = PUBLISHED.flatMap(({ port, targetPort }) => [port, targetPort]);
  const { namespace } = from === 'host' ? hosts.server : hosts.outside;
  const options = ['-n', '-Pn', '-oG', '-', ...PACE, ...type, '-p', ports.join(), ...(family === 'ipv6' ? ['-6'] : [])];
  const { stdout } = await namespace.exec('nmap', [...options, address], { timeout: 60_000 });
  const found = [...stdout.matchAll(/(\d+)\/([a-z|]+)\/(?:tcp|udp)/g)];
  const states = new Map(found.map(([, port, state = '']) => [Number(port), state]));
  assert.deepEqual([...states.keys()].sort(), ports.sort(), stdout);
  return states;
}

/** What nmap makes of the ports. */
export function scansSuite(backend: BackendName): void {
  describe(`nmap finds no closed port open on ${backend}`, () => {
    const jobs = [...SCANS, ...IPV4_SCANS].flatMap((type) =>
      PLACES.filter((place) => isWorthwhile(type, place)).map((place) => ({ type, place })),
    );
    const results = new Map<(typeof jobs)[number], States>();
    let stage: Stage;

    before(async function () {
      this.timeout(120_000);
      stage = await Stage.create(backend);
      const waiting = [...jobs];
      const work = async () => {
        for (let job = waiting.pop(); job !== undefined; job = waiting.pop()) {
          results.set(job, await scan(stage, job.place, job.type));
        }
      };
      await Promise.all(Array.from({ length: CONCURRENCY }, work));
    });

    after(() => stage?.remove());

    for (const job of jobs) {
      const { type, place } = job;
      it(`by ${type.join(' ')} from ${place.from} at ${place.address}`, () => {
        const states = results.get(job);
        assert.ok(states !== undefined);
        for (const { port, targetPort, options } of PUBLISHED) {
          const wanted = expected(type, place, options);
          const state = states.get(targetPort);
          if (wanted !== undefined) {
            assert.equal(state, wanted, `port ${targetPort}`);
            assert.equal(states.get(port), 'open', `port ${port}`);
          } else if (place.from === 'outside' || options.direct !== 'local') {
            assert.notEqual(state, 'open', `port ${targetPort}`);
          }
        }
      });
    }
  });
}
