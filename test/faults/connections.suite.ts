import assert from 'node:assert/strict';
import { type BackendName, type Firewall, openFirewall, type PublishOptions } from '../../lib';
import type { Flow } from '../support/host';
import { FAMILIES, Hosts, SERVER_ADDRESSES } from '../support/hosts';
import { Driver } from './driver';
import { chosen, errorFaults, killFaults, writes } from './errnos';
import { Observer } from './observer';
import type { DriverResponse, Work } from './protocol';
import { type Call, describeFault, type Fault, Shim } from './shim';

const PUBLIC = 8445;
const [BLUE, GREEN] = [8443, 9443] as const;
/** ms after which a flow counts as unanswered. Where it is denied there is an answer. */
const SILENCE = 400;

type Protocol = 'tcp' | 'udp';

/** A change that is to end connections. */
interface Ending {
  readonly name: string;
  readonly protocol: Protocol;
  readonly from: PublishOptions;
  readonly work: Work;
  /** The port that the flows to be ended go to, and the one of others to the same server. */
  readonly ended: number;
  readonly bystanding: number;
  /** What the flows find when it is done, and what they may find where they were not ended. */
  readonly after: readonly string[];
  readonly otherwise: readonly string[];
}

const DENIED = ['refused', 'reset', 'failed', 'timeout'];

function cut(protocol: Protocol): Ending {
  const web = { name: 'web', protocol, port: PUBLIC, targetPort: BLUE } as const;
  return {
    name: `established: 'drop', ${protocol}`,
    protocol,
    from: { ...web, direct: 'open' },
    work: { does: 'publishAll', options: [{ ...web, established: 'drop', deny: 'reject' }] },
    ended: BLUE,
    bystanding: PUBLIC,
    after: DENIED,
    otherwise: DENIED,
  };
}

const ENDINGS: readonly Ending[] = [
  cut('tcp'),
  cut('udp'),
  {
    name: "flows: 'follow'",
    protocol: 'udp',
    from: { name: 'web', protocol: 'udp', port: PUBLIC, targetPort: BLUE, direct: 'open' },
    work: { does: 'retarget', name: 'web', to: GREEN, flows: 'follow' },
    ended: PUBLIC,
    bystanding: BLUE,
    after: [`open udp ${GREEN}`],
    otherwise: [`open udp ${GREEN}`, `open udp ${BLUE}`],
  },
];

export function connectionFaultSuite(backend: Exclude<BackendName, 'memory'>): void {
  describe(`a fault at every call that ends connections, ${backend}`, function () {
    this.timeout(120_000);
    let stage: ConnectionStage;

    before(async () => {
      stage = await ConnectionStage.create(backend);
    });

    after(() => stage?.remove());

    for (const [index, ending] of ENDINGS.entries()) {
      it(`${ending.name}: the change stands, and says what became of them`, async () => {
        const calls = await stage.trace(ending);
        const first = calls.findIndex(({ begins }, at) => begins && at > calls.findLastIndex(writes)) + 1;
        const isLater = ({ call }: Fault) => call >= first;
        const faults = [...chosen(errorFaults(calls), index), ...killFaults(calls)].filter(isLater);
        assert.ok(faults.length > 20, `${faults.length} faults`);
        const wrong: string[] = [];
        for (const fault of faults) wrong.push(...(await stage.inject(ending, calls, fault)));
        assert.deepEqual(wrong, []);
      });
    }
  });
}

/** Two hosts with running connections between them, and a process whose calls into the kernel fail. */
class ConnectionStage {
  readonly #driver: Driver;
  #flows: Flow[] = [];

  private constructor(
    readonly backend: BackendName,
    readonly hosts: Hosts,
    readonly shim: Shim,
    readonly observer: Observer,
    readonly other: Firewall,
  ) {
    this.#driver = new Driver(shim, backend, hosts.path);
  }

  static async create(backend: BackendName): Promise<ConnectionStage> {
    const shim = await Shim.build();
    const hosts = await Hosts.create();
    try {
      for (const kind of ['tcp', 'udp'] as const) {
        for (const port of [BLUE, GREEN]) await hosts.server.serve({ kind, id: `${kind} ${port}`, port });
      }
      const observer = new Observer(hosts.server.namespace, backend);
      const other = await openFirewall({ backend, namespace: hosts.path });
      const stage = new ConnectionStage(backend, hosts, shim, observer, other);
      await stage.#driver.ready();
      return stage;
    } catch (error) {
      shim.remove();
      await hosts.remove();
      throw error;
    }
  }

  async remove(): Promise<void> {
    await this.#driver.end();
    await this.other.close();
    await this.observer.close();
    this.shim.remove();
    await this.hosts.remove();
  }

  /** The calls of a change that is not disturbed, once it has ended what it was to end. */
  async trace(ending: Ending): Promise<Call[]> {
    const { ended } = await this.#begin(ending);
    const response = await this.#driver.handle({ work: ending.work });
    const calls = this.shim.calls();
    assert.deepEqual(response, { ended: { connections: ended.length } });
    return calls;
  }

  async inject(ending: Ending, calls: readonly Call[], fault: Fault): Promise<string[]> {
    const { ended, bystanding } = await this.#begin(ending);
    const answer = await this.#driver.handle({ work: ending.work, fault });
    const response = fault.action.startsWith('kill') ? undefined : answer;
    const wrong = [
      ...(this.shim.fired || this.shim.calls().length < fault.call ? [] : ['the fault has not come about']),
      ...wrongAnswer(response, ended.length),
      ...(await wrongFlows(ended, response?.ended?.error === undefined && response ? ending.after : ending.otherwise)),
      ...(await wrongFlows(bystanding, [`open ${ending.protocol} ${BLUE}`])).map((what) => `bystander: ${what}`),
      ...(await this.#wrongRules(ending)),
    ];
    return wrong.map((what) => `${describeFault(fault, calls)}: ${what}`);
  }

  /** The flows that the change is to end, and others that it is not. */
  async #begin({ protocol, from, ended, bystanding }: Ending) {
    await Promise.all(this.#flows.splice(0).map((flow) => flow.close()));
    await this.other.publishAll([from]);
    // What a fault has left of earlier ones.
    await this.hosts.server.namespace.exec('ss', ['--kill', '--tcp', 'state', 'connected', `sport = :${BLUE}`]);
    await this.observer.forgetConnections();
    const open = (port: number) =>
      Promise.all(
        FAMILIES.map((family) => this.hosts.outside.open({ protocol, address: SERVER_ADDRESSES[family][0], port })),
      );
    const flows = { ended: await open(ended), bystanding: await open(bystanding) };
    this.#flows = [...flows.ended, ...flows.bystanding];
    return flows;
  }

  /** The change is made, whatever became of the connections, and nobody has anything to repair. */
  async #wrongRules({ work }: Ending): Promise<string[]> {
    const [web] = await this.other.published();
    const isMade = work.does === 'retarget' ? web?.targetPort === work.to : web?.options.established === 'drop';
    return [...(isMade ? [] : ['the change is not made']), ...this.other.repaired];
  }
}

function wrongAnswer(response: DriverResponse | undefined, count: number): string[] {
  if (response === undefined) return [];
  const { error, ended } = response;
  if (error !== undefined || ended === undefined) return [`failed: ${error?.message}`];
  if (ended.error !== undefined) return ended.connections <= count ? [] : [`${ended.connections} ended`];
  return ended.connections === count ? [] : [`${ended.connections} ended, and no error`];
}

async function wrongFlows(flows: readonly Flow[], allowed: readonly string[]): Promise<string[]> {
  const outcomes = await Promise.all(flows.map((flow) => flow.echo(SILENCE)));
  return outcomes
    .map((outcome) => (outcome.state === 'open' ? `open ${outcome.server}` : outcome.state))
    .filter((actual) => !allowed.includes(actual))
    .map((actual) => `${actual}, not ${allowed.join(' or ')}`);
}
