import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { type BackendName, type Firewall, openFirewall, type PublishOptions } from '../../lib';
import type { Outcome, ProbeOptions } from '../support/agent/protocol';
import type { Host } from '../support/host';
import { FAMILIES, Hosts, OUTSIDE_ADDRESSES, SERVER_ADDRESSES } from '../support/hosts';
import { Shell } from '../support/shell';

export const PORT = 8445;
export const TARGET = 8443;
/** Of services that have nothing to do with the published port: 22, 53 and 80 are served. */
export const UNRELATED = [22, 53, 80, 23, 9999] as const;
/** Redirected to 80 or 22 by some rulesets; served by nobody. */
export const TRANSLATED = [8080, 8081] as const;
export const PROTOCOLS = ['tcp', 'udp'] as const;
/** ms after which there is no answer; what differs is asked again with the second, as a busy machine is slow. */
const SILENCE_MS = 300;
const PATIENCE_MS = 700;

/** A client's attempt, and from where it is made. */
export interface Question {
  from: 'outside' | 'server';
  probe: Omit<ProbeOptions, 'timeout'>;
}

const PLACES = [
  ...FAMILIES.map((family) => ['outside', SERVER_ADDRESSES[family][0]] as const),
  ...FAMILIES.map((family) => ['server', SERVER_ADDRESSES[family][0]] as const),
  ['server', '127.0.0.1'],
  ['server', '::1'],
] as const;

/** The ports from every place, over both protocols. */
export function questions(ports: readonly number[]): Question[] {
  return PLACES.flatMap(([from, address]) =>
    PROTOCOLS.flatMap((protocol) => ports.map((port) => ({ from, probe: { protocol, address, port } }))),
  );
}

const OTHERS = questions([...UNRELATED, ...TRANSLATED]);

function word(outcome: Outcome | undefined): string {
  if (outcome?.state === 'open') return outcome.server;
  return outcome?.state === 'failed' ? outcome.code : String(outcome?.state);
}

/** Neighbour discovery is not for rulesets to drop: how long it takes to fail would decide what clients get. */
async function fixNeighbours(host: Host, addresses: typeof SERVER_ADDRESSES | typeof OUTSIDE_ADDRESSES, of: Host) {
  const { stdout } = await of.namespace.exec('ip', ['-json', 'link', 'show', 'dev', 'eth0']);
  const [link] = JSON.parse(stdout) as { address: string }[];
  if (link === undefined) throw new Error('The host has no eth0.');
  for (const family of FAMILIES) {
    const neighbour = [addresses[family][0], 'lladdr', link.address, 'dev', 'eth0', 'nud', 'permanent'];
    await host.namespace.exec('ip', ['neighbour', 'replace', ...neighbour]);
  }
}

/** Removes every rule, policy and entry of connection tracking, and sets back what rulesets set. */
const RESET = `nft flush ruleset
  for iptables in iptables-legacy ip6tables-legacy; do
    printf '%s\\n' '*raw' COMMIT '*mangle' COMMIT '*nat' COMMIT '*security' COMMIT \\
      '*filter' ':INPUT ACCEPT' ':FORWARD ACCEPT' ':OUTPUT ACCEPT' COMMIT | $iptables-restore -w
  done
  conntrack -F 2> /dev/null
  { echo 1 > /proc/sys/net/netfilter/nf_conntrack_tcp_loose; } 2> /dev/null || true
  { echo 0 > /proc/sys/net/ipv4/conf/all/route_localnet; } 2> /dev/null || true`;

/** Answers by question, before a port is published and while it is. */
export interface Comparison {
  /** Of the target port, before it was closed. */
  target: string[];
  /** Of the public port. */
  published: string[];
  /** Direct clients of the closed port that were answered, and how often its servers were reached all the same. */
  direct: { answers: string[]; served: number };
  /** Answers of other ports that are not what they were. */
  changed: string[];
}

/** Publishes by whatever means; what it returns takes that back. */
export type Publish = (hosts: Hosts, options: readonly PublishOptions[]) => Promise<() => Promise<void>>;

/** A host with rules of others, and what clients get there. */
export class Stage {
  /** ms after which there is no answer, even on a busy machine. */
  #patience = PATIENCE_MS;

  private constructor(
    readonly hosts: Hosts,
    readonly shell: Shell,
  ) {}

  static async create(): Promise<Stage> {
    const hosts = await Hosts.create();
    for (const kind of PROTOCOLS) {
      await hosts.server.serve({ kind, id: `${kind} target`, port: TARGET });
      for (const port of [22, 53, 80]) await hosts.server.serve({ kind, id: `${kind} ${port}`, port });
    }
    await fixNeighbours(hosts.server, OUTSIDE_ADDRESSES, hosts.outside);
    await fixNeighbours(hosts.outside, SERVER_ADDRESSES, hosts.server);
    return new Stage(hosts, new Shell(hosts.server.namespace));
  }

  async remove(): Promise<void> {
    await this.shell.close();
    await this.hosts.remove();
  }

  /** Leaves the rules that these commands make, and no others. */
  async load(commands: string): Promise<void> {
    await this.shell.run(`(\nset -e\n${RESET}\n${commands}\n)`);
  }

  /**
   * What clients get before and after a port is published among the rules that these commands make.
   * @param patience ms after which there is no answer; more than the default where rules delay connections
   */
  async compare(
    commands: string,
    publish: Publish,
    options: Partial<PublishOptions>,
    patience = PATIENCE_MS,
  ): Promise<Comparison> {
    this.#patience = patience;
    await this.load(commands);
    const others = await this.#askTwice(OTHERS);
    const target = await this.#askTwice(questions([TARGET]));
    const withdraw = await publish(
      this.hosts,
      PROTOCOLS.map((protocol) => ({ protocol, port: PORT, targetPort: TARGET, ...options })),
    );
    try {
      const direct = await this.#direct();
      const published = await this.#askTwice(questions([PORT]));
      return { target, direct, published, changed: await this.#changes(OTHERS, others) };
    } finally {
      await withdraw();
    }
  }

  async #ask(asked: readonly Question[], timeout = SILENCE_MS): Promise<string[]> {
    const answers = new Map<Question, string>();
    await Promise.all(
      (['outside', 'server'] as const).map(async (from) => {
        const mine = asked.filter((question) => question.from === from);
        const outcomes = await this.hosts[from].probe(mine.map(({ probe }) => ({ ...probe, timeout })));
        mine.forEach((question, index) => answers.set(question, word(outcomes[index])));
      }),
    );
    return asked.map((question) => answers.get(question) ?? 'unasked');
  }

  /** Silence is believed only where it lasts. */
  async #askTwice(asked: readonly Question[]): Promise<string[]> {
    const answers = await this.#ask(asked);
    const silent = asked.filter((_, index) => answers[index] === 'timeout');
    if (silent.length === 0) return answers;
    const again = await this.#ask(silent, this.#patience);
    return answers.map((answer) => (answer === 'timeout' ? (again.shift() ?? answer) : answer));
  }

  async #changes(asked: readonly Question[], expected: readonly string[]): Promise<string[]> {
    const first = await this.#ask(asked);
    const doubtful = asked.filter((_, index) => first[index] !== expected[index]);
    const wanted = expected.filter((answer, index) => first[index] !== answer);
    if (doubtful.length === 0) return [];
    const second = await this.#ask(doubtful, this.#patience);
    return doubtful.flatMap((question, index) =>
      second[index] === wanted[index] ? [] : [`${named(question)}: ${second[index]}, not ${wanted[index]}`],
    );
  }

  async #direct(): Promise<Comparison['direct']> {
    const before = await this.#served();
    const answers = await this.#ask(questions([TARGET]));
    return { answers: answers.filter((answer) => answer.endsWith('target')), served: (await this.#served()) - before };
  }

  /** The number of connections and datagrams that the target's servers have got, once it no longer grows by itself. */
  async #served(): Promise<number> {
    const { servers } = this.hosts.server;
    for (let last = -1; ; await sleep(30)) {
      const counts = await Promise.all(PROTOCOLS.map((kind) => servers.call('accepted', `${kind} target`)));
      const sum = counts.reduce((total, count) => total + count, 0);
      if (sum === last) return sum;
      last = sum;
    }
  }
}

function named({ from, probe }: Question): string {
  return `${from} ${probe.protocol} ${probe.address} ${probe.port}`;
}

/** Answers with what was asked, for messages and comparisons. */
export function described(asked: readonly Question[], answers: readonly string[]): string[] {
  return asked.map((question, index) => `${named(question)}: ${answers[index]}`);
}

/** @param look called when the ports are published */
export function byPortshift(backend: BackendName, look?: (firewall: Firewall) => Promise<void>): Publish {
  return async (hosts, options) => {
    const firewall = await openFirewall({ backend, namespace: hosts.path });
    await firewall.publishAll(options);
    await look?.(firewall);
    return async () => {
      await firewall.clear();
      await firewall.close();
    };
  };
}

/** Whatever the rules: nobody gets into the closed port, and other ports are as before. */
export function assertUntouched({ direct, changed }: Comparison): void {
  assert.deepEqual({ direct, changed }, { direct: { answers: [], served: 0 }, changed: [] });
}

/** The public port is as the target port was before it was closed. */
export function assertPublic({ published, target }: Comparison): void {
  const asked = questions([0]);
  assert.deepEqual(described(asked, published), described(asked, target));
}
