import { join } from 'node:path';
import type { BackendName } from '../lib';
import { Hosts, SERVER_ADDRESSES } from '../test/support/hosts';
import { interleave } from './interleave';
import { openFirewall } from './portshift';
import { Runner } from './runner';
import { type Summary, summaryOf } from './statistics';

/** What a packet costs, by how many ports are published. */
export interface DataPath {
  readonly backend: BackendName;
  readonly traffic: Traffic;
  readonly who: Who;
  /** By number of published ports: microseconds a round. */
  readonly times: Readonly<Record<number, Summary>>;
  /** By number of published ports: how many times what it costs with one. */
  readonly ratios: Readonly<Record<number, Summary>>;
}

/** `connect`: a new connection; `stream`: 64 KiB on an established one of several; `datagrams`: a datagram of a flow of several. */
export type Traffic = 'connect' | 'stream' | 'datagrams';
export type Who = 'published' | 'bystander';

const TRAFFIC: readonly Traffic[] = ['connect', 'stream', 'datagrams'];
const WHO: readonly Who[] = ['published', 'bystander'];
const TARGET = 9_998;
const BYSTANDER = 5_122;
const FIRST = 1_025;

export interface DataPathOptions {
  readonly backend: BackendName;
  readonly counts: readonly number[];
  readonly programs: string;
  /** For each kind of traffic, about, in ms. */
  readonly budget: number;
}

interface Stage {
  readonly count: number;
  readonly hosts: Hosts;
}

/** Two hosts for every number of published ports, all there at once, so that the measurements can lie side by side. */
export async function measureDataPath(options: DataPathOptions): Promise<DataPath[]> {
  const stages: Stage[] = [];
  try {
    for (const count of options.counts) stages.push({ count, hosts: await prepare(count, options) });
    const results: DataPath[] = [];
    for (const traffic of TRAFFIC) {
      for (const who of WHO) results.push(await measure(stages, traffic, who, options));
    }
    return results;
  } finally {
    await Promise.all(stages.map(({ hosts }) => hosts.remove()));
  }
}

/** The public ports are all odd ports from 1025 on; the one that is there in any case is the last of them. */
const publicPort = (count: number, index: number) => FIRST + 2 * (count - 1 - index);

async function prepare(count: number, { backend, programs }: DataPathOptions): Promise<Hosts> {
  const hosts = await Hosts.create();
  const firewall = await openFirewall({ backend, namespace: hosts.path });
  const ports = Array.from({ length: count }, (_, index) => ({
    name: `p${index}`,
    port: publicPort(count, index),
    // All but the first few have a target of their own, as services of their own would.
    targetPort: index < SAMPLES ? TARGET : 30_000 + index,
  }));
  await firewall.publishAll([...ports, { name: 'udp', protocol: 'udp', port: FIRST, targetPort: TARGET }]);
  await firewall.close();
  const server = new Runner(
    'server',
    hosts.server.namespace.spawn(join(programs, 'traffic'), ['serve', String(TARGET), String(BYSTANDER)]),
  );
  await server.line();
  return hosts;
}

/** Connections go to so many of the public ports in turn. */
const SAMPLES = 16;

function portsOf(traffic: Traffic, who: Who, count: number): number[] {
  if (who === 'bystander') return [BYSTANDER];
  if (traffic === 'datagrams') return [FIRST];
  return Array.from({ length: Math.min(count, SAMPLES) }, (_, index) => publicPort(count, index));
}

async function measure(
  stages: readonly Stage[],
  traffic: Traffic,
  who: Who,
  { backend, programs, budget }: DataPathOptions,
): Promise<DataPath> {
  const runners = stages.map(({ count, hosts }) => {
    const args = [traffic, SERVER_ADDRESSES.ipv4[0], ...portsOf(traffic, who, count).map(String)];
    return new Runner(String(count), hosts.outside.namespace.spawn(join(programs, 'traffic'), args));
  });
  const { times, rounds } = await interleave(runners, { budget, slice: 40, most: 4_000 });
  for (const { child } of runners) child.kill();
  const one = rounds[String(stages[0]?.count)] ?? [];
  const ratios = Object.entries(rounds).map(([count, medians]) => {
    return [count, summaryOf(medians.map((median, round) => median / (one[round] ?? Number.NaN)))] as const;
  });
  return { backend, traffic, who, times, ratios: Object.fromEntries(ratios) };
}
