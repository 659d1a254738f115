import { checkDrainOptions, type DrainOptions, drain } from '../connections/drain';
import { leftBehind, usersOf } from '../connections/filters';
import { Applied } from '../engine/applied';
import type { Committer } from '../engine/committer';
import { type AtOnce, type EditOptions, type Job, NO_OPTIONS, type Outcome, unasked } from '../engine/edit';
import { type CallOptions, checkCallOptions, checkSignal } from '../model/call-options';
import { checkObject, checkOneOf } from '../model/fields';
import type { Port } from '../model/port';
import { type Publication, withPort, withTargetPort } from '../model/publication';
import type { Ruleset } from '../model/ruleset';
import { FirewallError, invalidArgument, quoteText } from '../util/errors';
import { countersOf, eachOf, type PublishedCounters } from './status';

export interface FlowOptions {
  /**
   * Sets whether existing UDP flows `stay` (default) where they are until they end, as TCP connections do, because a
   * QUIC server has the state of its clients' connections; or `follow` the change with their next packet. Not for TCP.
   * Clients that sent to the new port before, and were never answered, have no flow: their next packet always reaches
   * the server.
   */
  readonly flows?: 'follow' | 'stay';
  /** Ends the wait, as in every call; nothing was changed then. */
  readonly signal?: AbortSignal;
}

/** A service that is reachable on a public port. The object refers to the port by name; the kernel holds the rules. */
export class PublishedPort {
  readonly #committer: Committer;
  #publication: Publication;
  #applied: Applied | undefined;
  /** The publication before this handle's last change. */
  #previous: Publication | undefined;

  constructor(committer: Committer, publication: Publication, applied?: Applied) {
    this.#committer = committer;
    this.#publication = publication;
    this.#applied = applied;
  }

  /** The receipt of this handle's last change; undefined if it has made none. */
  get applied(): Applied | undefined {
    return this.#applied;
  }

  get name(): string {
    return this.#publication.name;
  }

  get protocol() {
    return this.#publication.protocol;
  }

  /** The public port as of this handle's last call. */
  get port(): Port {
    return this.#publication.port;
  }

  get targetPort(): number {
    return this.#publication.targetPort;
  }

  /** A copy of all options with their values, as of this handle's last call. */
  get options(): Publication {
    return { ...this.#publication };
  }

  /**
   * Moves the service to another public port in one commit. Connections to the previous port go on; with `flows:
   * 'follow'`, its UDP flows do not.
   * @throws FirewallError ERR_INVALID_ARGUMENT, ERR_CONFLICT (the port is taken), ERR_NOT_FOUND (withdrawn meanwhile)
   */
  move(port: Port, options?: FlowOptions): Promise<Applied> {
    return this.#become('move', withPort, port, options);
  }

  /**
   * Sends new connections to another target port, atomically. Connections to the previous target go on; with `flows:
   * 'follow'`, UDP flows go to the new target from their next packet on.
   * @throws FirewallError ERR_INVALID_ARGUMENT, ERR_CONFLICT, ERR_NOT_FOUND (withdrawn meanwhile)
   */
  retarget(targetPort: number, options?: FlowOptions): Promise<Applied> {
    return this.#become('retarget', withTargetPort, targetPort, options);
  }

  /** Removes the service from its public port and opens its target port. @throws FirewallError ERR_NOT_FOUND */
  async withdraw(call: CallOptions = {}): Promise<Applied> {
    const { name } = this;
    const signal = checkCallOptions('withdraw', call);
    return this.#committer.edit(
      {
        run: (ruleset) => {
          const before = current(ruleset, name);
          ruleset.replace(name, undefined);
          return before;
        },
      },
      (outcome) => {
        this.#previous = outcome.value;
        this.#applied = new Applied(this.#committer, outcome);
        return this.#applied;
      },
      { signal },
    );
  }

  /** Returns the counters that the kernel holds. @throws FirewallError ERR_NOT_FOUND */
  async counters(call: CallOptions = {}): Promise<PublishedCounters> {
    const signal = checkCallOptions('counters', call);
    const counted = await this.#committer.read((installed) => countersOf(this.name, installed), { signal });
    if (counted === undefined) throw notFound(this.name);
    return counted;
  }

  /**
   * Waits until no connection uses the port or target that this handle's last `move`, `retarget` or `withdraw` gave up.
   * TCP connections count until both sides have closed, UDP flows until the kernel forgets them. Direct connections to
   * the target port do not count.
   * @throws FirewallError ERR_INVALID_ARGUMENT; ERR_NOT_FOUND (this handle has given up nothing); ERR_TIMEOUT with
   * `left`; or the signal's reason
   */
  async drained(options: DrainOptions = {}): Promise<void> {
    for await (const _left of this.draining(options));
  }

  /**
   * Waits as `drained` does, and yields the number of connections that are left after every look; the last one is 0.
   * @throws as `drained`
   */
  draining(options: DrainOptions = {}): AsyncGenerator<number, void> {
    const checked = checkDrainOptions(options);
    const previous = this.#previous;
    if (previous === undefined) {
      throw new FirewallError(
        'ERR_NOT_FOUND',
        `"${this.name}": this handle has given up no port or target, so there is none to wait for; call it on the one that was moved, retargeted or withdrawn`,
        { field: 'name', value: this.name },
      );
    }
    const committer = this.#committer;
    return (async function* () {
      const installed = await committer.read((found) => eachOf(found, (entry) => entry), {
        signal: checked.signal,
        counters: false,
      });
      const count = committer.backend.connections.watch(usersOf(previous, installed));
      const what = `${previous.protocol} port ${previous.port} or its target ${previous.targetPort}`;
      yield* drain(count, what, checked);
    })();
  }

  #check(call: string, options: unknown): EditOptions<Replacement> {
    const { flows, signal } = checkObject(call, options, ['flows', 'signal']);
    const checked = { signal: checkSignal(signal) };
    if (checkOneOf('flows', flows, ['follow', 'stay'], 'stay') === 'stay') return checked;
    if (this.protocol === 'tcp') {
      throw invalidArgument('flows', flows, "'stay', because a TCP connection cannot go on with another server");
    }
    return { ...checked, ends: ({ before, after }) => [leftBehind(before, after)] };
  }

  /**
   * Submits a change of ports. It makes only a promise and a job, because programs may make many of these calls at
   * once.
   */
  #become(call: string, remade: Remade, value: unknown, options: unknown): Promise<Applied> {
    try {
      const checked = options === undefined ? NO_OPTIONS : this.#check(call, options);
      return this.#committer.submit(new Replace(this.name, remade, value, checked, this.#became));
    } catch (error) {
      return Promise.reject(error);
    }
  }

  readonly #became = (outcome: Outcome<Replacement>): Applied => {
    this.#previous = outcome.value.before;
    this.#publication = outcome.value.after;
    this.#applied = new Applied(this.#committer, outcome);
    return this.#applied;
  };
}

interface Replacement {
  readonly before: Publication;
  readonly after: Publication;
}

/** Returns the publication with another port: `withPort` or `withTargetPort`. */
type Remade = (publication: Publication, value: unknown) => Publication;

/** An edit that is its own job. */
class Replace implements AtOnce<Replacement>, Job {
  answer: Job['answer'] = unasked;

  constructor(
    readonly name: string,
    readonly remade: Remade,
    readonly value: unknown,
    readonly options: EditOptions<unknown>,
    readonly became: (outcome: Outcome<Replacement>) => Applied,
  ) {}

  get edit(): this {
    return this;
  }

  conclude(outcome: Outcome<Replacement>): Applied {
    return this.became(outcome);
  }

  run(ruleset: Ruleset): Replacement {
    const { name } = this;
    const before = current(ruleset, name);
    const after = this.remade(before, this.value);
    ruleset.replace(name, after);
    return { before, after };
  }
}

/** @throws FirewallError ERR_NOT_FOUND */
function current(ruleset: Ruleset, name: string): Publication {
  const publication = ruleset.publication(name);
  if (publication === undefined) throw notFound(name);
  return publication;
}

export function notFound(name: string): FirewallError {
  return new FirewallError(
    'ERR_NOT_FOUND',
    `there is no published port ${quoteText(name)}; it was withdrawn, or belongs to another owner`,
    {
      field: 'name',
      value: name,
    },
  );
}
