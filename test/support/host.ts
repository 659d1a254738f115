import { Agent } from './agent';
import type {
  DownloadResult,
  HammerOptions,
  HammerResult,
  KeepAliveOptions,
  Outcome,
  ProbeOptions,
  ServerOptions,
} from './agent/protocol';
import { Namespace } from './namespace';

const PATIENCE_MS = 10_000;

/** A namespace with a process that serves and another one that makes connections, both started when first needed. */
export class Host {
  readonly namespace: Namespace;
  #servers: Agent | undefined;
  #clients: Agent | undefined;

  constructor(namespace: Namespace) {
    this.namespace = namespace;
  }

  static async create(): Promise<Host> {
    return new Host(await Namespace.create());
  }

  get servers(): Agent {
    this.#servers ??= new Agent(this.namespace);
    return this.#servers;
  }

  get clients(): Agent {
    this.#clients ??= new Agent(this.namespace);
    return this.#clients;
  }

  serve(options: ServerOptions): Promise<void> {
    return this.servers.call('serve', options);
  }

  /** Probes all of them at the same time. */
  probe(options: ProbeOptions[]): Promise<Outcome[]> {
    return this.clients.call('probe', options);
  }

  /** Opens a connection or UDP flow that stays. Rejects when it does not open. */
  async open(options: Omit<ProbeOptions, 'timeout'>): Promise<Flow> {
    const { flow, outcome } = await this.clients.call('open', { ...options, timeout: PATIENCE_MS });
    if (outcome.state !== 'open') {
      throw new Error(`${options.protocol} ${options.address} port ${options.port}: ${outcome.state}`);
    }
    return new Flow(this.clients, flow, outcome.server);
  }

  /** Starts an HTTPS download that goes on until the server is told to release it. */
  async download(options: Omit<ProbeOptions, 'timeout'>): Promise<Download> {
    const number = await this.clients.call('download', { ...options, timeout: PATIENCE_MS });
    return new Download(this.clients, number);
  }

  /** Makes new connections while `during` runs. */
  async hammer(options: HammerOptions, during: () => Promise<void>): Promise<HammerResult> {
    const hammer = await this.clients.call('startHammer', options);
    const [done] = await Promise.allSettled([during()]);
    const result = await this.clients.call('stopHammer', hammer);
    if (done.status === 'rejected') throw done.reason;
    return result;
  }

  /** Makes new connections until it is stopped. */
  async startHammer(options: HammerOptions): Promise<RunningHammer> {
    return new RunningHammer(this.clients, await this.clients.call('startHammer', options));
  }

  /** Opens connections, or UDP flows, that stay and are asked again and again until that is stopped. */
  async startKeepAlive(options: KeepAliveOptions): Promise<RunningHammer> {
    return new RunningHammer(this.clients, await this.clients.call('startKeepAlive', options));
  }

  /** SYNs that this host has had to send again: 0 says that no packet of its connections was dropped on the way. */
  async synRetransmissions(): Promise<number> {
    const { stdout } = await this.namespace.exec('cat', ['/proc/net/netstat']);
    const [names, values] = stdout.split('\n').filter((line) => line.startsWith('TcpExt:'));
    const index = names?.split(' ').indexOf('TCPSynRetrans') ?? -1;
    return Number(values?.split(' ')[index]);
  }
}

/** A connection or UDP flow that stays open. */
export class Flow {
  readonly #agent: Agent;
  readonly #flow: number;
  /** Which server answered first. */
  readonly server: string;

  constructor(agent: Agent, flow: number, server: string) {
    this.#agent = agent;
    this.#flow = flow;
    this.server = server;
  }

  /** Is it still answered, and by whom? Timeout in ms. */
  echo(timeout = PATIENCE_MS): Promise<Outcome> {
    return this.#agent.call('echo', this.#flow, timeout);
  }

  close(): Promise<void> {
    return this.#agent.call('close', this.#flow);
  }
}

export class Download {
  readonly #agent: Agent;
  readonly #download: number;

  constructor(agent: Agent, download: number) {
    this.#agent = agent;
    this.#download = download;
  }

  status(): Promise<DownloadResult> {
    return this.#agent.call('downloadStatus', this.#download);
  }

  /** Resolves when it is complete or broken. */
  end(): Promise<DownloadResult> {
    return this.#agent.call('downloadEnd', this.#download);
  }
}

export class RunningHammer {
  readonly #agent: Agent;
  readonly #hammer: number;

  constructor(agent: Agent, hammer: number) {
    this.#agent = agent;
    this.#hammer = hammer;
  }

  /** Other ports from now on; resolves when no attempt on the previous ones is under way. */
  aim(ports: number[]): Promise<void> {
    return this.#agent.call('aimHammer', this.#hammer, ports);
  }

  /** What was counted since the last lap. */
  lap(): Promise<HammerResult> {
    return this.#agent.call('lapHammer', this.#hammer);
  }

  stop(): Promise<HammerResult> {
    return this.#agent.call('stopHammer', this.#hammer);
  }
}
