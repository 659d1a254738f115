import { setTimeout as sleep } from 'node:timers/promises';
import { type BackendName, type Firewall, openFirewall } from '../../lib';
import { Hosts } from '../support/hosts';
import { type Change, waysOf } from './changes';
import { Driver } from './driver';
import { type Listing, Observer } from './observer';
import type { DriverResponse } from './protocol';
import { type Call, describeFault, type Fault, Shim } from './shim';
import { serveAll, wrongFates } from './wire';

/** Of every interface. */
const SILENCE = [
  'echo 0 | tee ipv6/conf/*/router_solicitations',
  'echo 3600000 | tee ipv6/neigh/*/base_reachable_time_ms ipv4/neigh/*/base_reachable_time_ms',
];
/** Longer than reports of multicast groups are apart. */
const QUIET_MS = 1500;

/** The rules of before and after a change, as the real tools list them. */
interface Ends {
  readonly from: string;
  readonly to: string;
}

/** Two hosts with servers, foreign rules, and a process whose calls into the kernel fail. */
export class Stage {
  #driver: Driver | undefined;
  readonly #ends = new Map<Change, Ends>();

  private constructor(
    readonly backend: BackendName,
    readonly hosts: Hosts,
    readonly shim: Shim,
    readonly observer: Observer,
    /** Somebody else of the same owner, who goes back to where a change began. */
    readonly other: Firewall,
  ) {}

  static async create(backend: BackendName): Promise<Stage> {
    const shim = await Shim.build();
    const hosts = await Hosts.create();
    try {
      await serveAll(hosts);
      const observer = new Observer(hosts.server.namespace, backend);
      await observer.addForeignRules();
      await silence(hosts, observer);
      const other = await openFirewall({ backend, namespace: hosts.path });
      return new Stage(backend, hosts, shim, observer, other);
    } catch (error) {
      shim.remove();
      await hosts.remove();
      throw error;
    }
  }

  /** The calls of a change that is not disturbed. */
  async trace(change: Change): Promise<Call[]> {
    const from = await this.#begin(change);
    const response = await (await this.#readyDriver()).handle({ work: change.work });
    const calls = this.shim.calls();
    if (response.error !== undefined) throw new Error(`${change.name}: ${response.error.message}`);
    const to = await this.observer.list();
    if (from.foreign !== to.foreign) throw new Error(`${change.name}: ${difference(from.foreign, to.foreign)}`);
    this.#ends.set(change, { from: from.own, to: to.own });
    return calls;
  }

  async #begin(change: Change): Promise<Listing> {
    await this.observer.forgetConnections();
    await this.other.publishAll(change.from);
    return this.observer.list();
  }

  /** Makes the change with the fault in it; answers what is wrong then, and once it is repaired. */
  async inject(change: Change, calls: readonly Call[], fault: Fault): Promise<string[]> {
    const before = await this.#begin(change);
    const answer = await (await this.#readyDriver()).handle({ work: change.work, fault });
    // The dead tell nothing.
    const response = fault.action.startsWith('kill') ? undefined : answer;
    const after = await this.observer.list();
    const wrong = [
      ...(this.shim.fired || this.#wasNotReached(calls, fault) ? [] : ['the fault has not come about']),
      ...wrongForeign(before, after, losesCounters(calls, fault)),
      ...(keepsTracking(change, response) ? [] : wrongAnswer(this.#endsOf(change), after, response)),
      ...(await wrongFates(this.hosts, waysOf(change.from), change.to)),
      ...(await this.#repair(change, after, response)),
    ];
    const where = `${change.name}, ${describeFault(fault, calls)}, ${response === undefined ? 'killed' : (response.error?.message ?? 'done')}`;
    return wrong.map((what) => `${where}: ${what}`);
  }

  /** What a process answers whose change has the fault in it. */
  async answer(change: Change, fault: Fault): Promise<DriverResponse> {
    await this.#begin(change);
    return (await this.#readyDriver()).handle({ work: change.work, fault });
  }

  /** The kernel may put the same answers into fewer datagrams than it did when the calls were recorded. */
  #wasNotReached(calls: readonly Call[], { call }: Fault): boolean {
    return calls[call - 1]?.name === 'recvmsg' && this.shim.calls().length < call;
  }

  /** Somebody else opens the firewall, and finds what was finished or undone, or finishes or undoes it. */
  async #repair(change: Change, left: Listing, response: DriverResponse | undefined): Promise<string[]> {
    const { from, to } = this.#endsOf(change);
    if (left.own === from || left.own === to) return [];
    await this.observer.forgetConnections();
    const before = await this.observer.list();
    await using _firewall = await openFirewall({ backend: this.backend, namespace: this.hosts.path });
    const after = await this.observer.list();
    return [
      ...wrongForeign(before, after),
      ...wrongAnswer({ from, to }, after, response),
      ...(after.own === from || after.own === to ? [] : [`repaired to neither: ${nearest([from, to], after.own)}`]),
      ...(await wrongFates(this.hosts, waysOf(change.from), change.to)).map((what) => `repaired: ${what}`),
    ];
  }

  async remove(): Promise<void> {
    await this.#driver?.end();
    await this.other.close();
    await this.observer.close();
    this.shim.remove();
    await this.hosts.remove();
  }

  async #readyDriver(): Promise<Driver> {
    this.#driver ??= await new Driver(this.shim, this.backend, this.hosts.path).ready();
    return this.#driver;
  }

  #endsOf(change: Change): Ends {
    const ends = this.#ends.get(change);
    if (ends === undefined) throw new Error(`${change.name} was not traced`);
    return ends;
  }
}

function wrongForeign(before: Listing, after: Listing, losesCounters = false): string[] {
  const [a, b] = [before.foreign, after.foreign].map((text) =>
    losesCounters ? text.replaceAll(/\[\d+:\d+\]/g, '') : text,
  );
  return a === undefined || b === undefined || a === b ? [] : [`foreign rules: ${difference(a, b)}`];
}

/** The kernel begins to count anew when it replaces a table; who was killed then cannot give it the counters any more. */
function losesCounters(calls: readonly Call[], { action, call }: Fault): boolean {
  return action === 'kill before' && calls[call - 1]?.name === 'ADD_COUNTERS';
}

/** Where the kernel does not tell whether connections run that need tracking, it is kept on until the next call. */
function keepsTracking({ to }: Change, response: DriverResponse | undefined): boolean {
  return to.length === 0 && response !== undefined && response.error === undefined;
}

/** Done is done, failed is as before, and what is in between is told. */
function wrongAnswer({ from, to }: Ends, { own }: Listing, response: DriverResponse | undefined): string[] {
  if (response === undefined || response.error?.installed !== undefined) return [];
  if (response.error === undefined) return own === to ? [] : [`done, but ${difference(to, own)}`];
  return own === from ? [] : [`failed, but ${difference(from, own)}`];
}

/** Until no packets are counted that nobody sent on purpose: solicitations of routers, reports of multicast groups. */
async function silence(hosts: Hosts, observer: Observer): Promise<void> {
  const lines = ['cd /proc/sys/net', ...SILENCE].join('\n');
  for (const { namespace } of [hosts.server, hosts.outside]) await namespace.exec('sh', ['-ec', lines]);
  await wrongFates(hosts, []);
  for (let last = await observer.list(); ; ) {
    await sleep(QUIET_MS);
    const now = await observer.list();
    if (now.foreign === last.foreign) return;
    last = now;
  }
}

function nearest(expected: readonly string[], actual: string): string {
  const differences = expected.map((one) => difference(one, actual)).sort((a, b) => a.length - b.length);
  return differences[0] ?? '';
}

function difference(expected: string, actual: string): string {
  const [a, b] = [expected.split('\n'), actual.split('\n')];
  const missing = a.filter((line) => !b.includes(line)).map((line) => `- ${line}`);
  const added = b.filter((line) => !a.includes(line)).map((line) => `+ ${line}`);
  return [...missing, ...added].join(' | ') || 'in another order';
}
