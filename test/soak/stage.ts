import { setTimeout as sleep } from 'node:timers/promises';
import { type BackendName, type Firewall, openFirewall, type PublishOptions } from '../../lib';
import type { Certificate, Outcome, Protocol } from '../support/agent/protocol';
import { makeCertificate } from '../support/certificate';
import { Hosts } from '../support/hosts';
import { type Expectation, Load, PATIENCE_MS } from './load';
import { hostOf, PLACES, type Place, PROTOCOLS } from './places';
import type { Totals } from './totals';

export const BLUE = 8443;
export const GREEN = 9443;
export const RED = 6443;
/** Nobody asks for what is published there: its target port is closed all the while. */
const VAULT = { port: 7445, targetPort: 7443 };
const FILES = 8444;
const COLOURS = { blue: BLUE, green: GREEN, red: RED, vault: VAULT.targetPort };

/** So that the kernel's table of connections does not fill with UDP flows of one datagram. */
const UDP_FLOW_SECONDS = 10;
/** Ports that no client is given by chance, for datagrams that must not continue a flow of before. */
const SOURCE_PORTS = { first: 20_000, count: 12_000 };

export interface StageOptions {
  readonly backend: BackendName;
  readonly scenario: string;
  readonly totals: Totals;
  /** ms of load without changes. */
  readonly calm: number;
}

export interface Check {
  readonly port: number;
  readonly expect: Expectation | `open ${string}`;
  readonly protocols?: readonly Protocol[];
  readonly places?: readonly Place[];
}

/** Two hosts with servers, a firewall, the load on them, and what comes of it. */
export class Stage {
  #sourcePort = 0;
  #synsSentAgain = 0;

  private constructor(
    readonly options: StageOptions,
    readonly hosts: Hosts,
    readonly firewall: Firewall,
    readonly load: Load,
    readonly certificate: Certificate,
  ) {}

  static async create(options: StageOptions): Promise<Stage> {
    const hosts = await Hosts.create();
    try {
      for (const protocol of PROTOCOLS) {
        for (const [colour, port] of Object.entries(COLOURS)) {
          await hosts.server.serve({ kind: protocol, id: `${protocol} ${colour}`, port });
        }
      }
      const certificate = await makeCertificate();
      await hosts.server.serve({ kind: 'https', id: 'files', port: FILES, certificate });
      const firewall = await openFirewall({ backend: options.backend, namespace: hosts.path });
      const load = new Load(hosts, options.scenario, options.totals);
      const stage = new Stage(options, hosts, firewall, load, certificate);
      await stage.#prepare();
      return stage;
    } catch (error) {
      await hosts.remove();
      throw error;
    }
  }

  get backend(): BackendName {
    return this.options.backend;
  }

  /** The HTTPS server's target port. */
  get filesPort(): number {
    return FILES;
  }

  /** For one service over both protocols. A refusal is quicker than silence, so that more attempts can be made. */
  static service(protocol: Protocol, port: number, targetPort: number, name = 'web'): PublishOptions {
    return { name: `${name}-${protocol}`, protocol, port, targetPort, deny: 'reject' };
  }

  static vault(protocol: Protocol): PublishOptions {
    return Stage.service(protocol, VAULT.port, VAULT.targetPort, 'vault');
  }

  /** Lets the clients run without changes for a while, for comparison. */
  async begin(): Promise<void> {
    this.#synsSentAgain = await this.#synRetransmissions();
    await sleep(this.options.calm);
    await this.load.changesBegin();
  }

  /** Counts a success or a failure of something that is not a client's attempt. */
  note(title: string, problem?: string): void {
    const failures = problem === undefined ? {} : { [problem]: 1 };
    this.options.totals.add(this.options.scenario, title, { attempts: 1, failures });
  }

  /** Tries ports right now. */
  async check(title: string, checks: readonly Check[]): Promise<void> {
    await Promise.all(
      checks.flatMap(({ port, expect, protocols = PROTOCOLS, places = PLACES }) =>
        places.flatMap((place) =>
          protocols.map(async (protocol) => {
            const outcome = await this.#probe(place, protocol, port);
            const said = describe(outcome);
            const fits = said.startsWith(expect === 'closed' ? 'refused' : expect);
            const where = `${protocol} ${place.from} ${place.address} port ${port}`;
            this.note(title, fits ? undefined : `${where}: ${said}, expected ${expect}`);
          }),
        ),
      ),
    );
  }

  /** Ends the load, and compares what the clients have seen with what the servers and the kernel have counted. */
  async finish(): Promise<void> {
    await this.load.stop();
    for (const protocol of PROTOCOLS) {
      const accepted = await Promise.all(
        Object.keys(COLOURS).map((colour) => this.hosts.server.servers.call('accepted', `${protocol} ${colour}`)),
      );
      const sum = accepted.reduce((total, one) => total + one, 0);
      const { [protocol]: answered } = this.load.answered;
      this.note('servers count the same', sum === answered ? undefined : `${protocol}: ${sum}, not ${answered}`);
    }
    const again = (await this.#synRetransmissions()) - this.#synsSentAgain;
    this.note('no opening packet was lost', again === 0 ? undefined : `${again} were sent again`);
  }

  async remove(): Promise<void> {
    await this.firewall.close();
    await this.hosts.remove();
  }

  async #prepare(): Promise<void> {
    const udpTimeout = '/proc/sys/net/netfilter/nf_conntrack_udp_timeout';
    await this.hosts.server.namespace.exec('sh', ['-ec', `echo ${UDP_FLOW_SECONDS} > ${udpTimeout}`]);
    for (const protocol of PROTOCOLS) await this.firewall.publish(Stage.vault(protocol));
    await this.check('vault opens', [{ port: VAULT.port, expect: 'open' }]);
    await this.load.hammer('closed target', [VAULT.targetPort], 'closed', 10);
  }

  async #probe(place: Place, protocol: Protocol, port: number): Promise<Outcome> {
    this.#sourcePort = (this.#sourcePort + 1) % SOURCE_PORTS.count;
    const sourcePort = SOURCE_PORTS.first + this.#sourcePort;
    const { address } = place;
    const [outcome] = await hostOf(this.hosts, place).probe([
      { protocol, address, port, timeout: PATIENCE_MS, ...(protocol === 'udp' && { sourcePort }) },
    ]);
    if (outcome === undefined) throw new Error('No outcome.');
    if (outcome.state === 'open') this.load.answered[protocol] += 1;
    return outcome;
  }

  async #synRetransmissions(): Promise<number> {
    return (await this.hosts.outside.synRetransmissions()) + (await this.hosts.server.synRetransmissions());
  }
}

function describe(outcome: Outcome): string {
  if (outcome.state === 'open') return `open ${outcome.server}`;
  return outcome.state === 'failed' ? outcome.code : outcome.state;
}
