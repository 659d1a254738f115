import type { InstalledEntry } from './backends/backend';
import type { Committer, Edit } from './committer';
import { FirewallError } from './errors';
import type { Ruleset } from './plan/ruleset';
import { Applied } from './receipt';
import type { Port } from './rules/port';
import { entriesOf, type Publication, withPort, withTargetPort } from './rules/publication';

export interface PublishedCounters {
  /** Connections that were redirected, from outside and from the host itself, since the port or target last changed. */
  readonly connections: number;
  /** Packets that were denied on the target port; a client that tries again counts again. */
  readonly denied: number;
}

/** One service made reachable on a public port. Holds no state of its own but a name: the kernel has the rest. */
export class PublishedPort {
  readonly #committer: Committer;
  #publication: Publication;
  #applied: Applied | undefined;

  constructor(committer: Committer, publication: Publication, applied?: Applied) {
    this.#committer = committer;
    this.#publication = publication;
    this.#applied = applied;
  }

  /** The receipt of this handle's last change; undefined where it has made none. */
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

  /** Every option with its value, as of this handle's last call. */
  get options(): Publication {
    return this.#publication;
  }

  /**
   * Moves the service to another public port in one commit. Connections to the previous one go on.
   * @throws FirewallError ERR_INVALID_ARGUMENT, ERR_CONFLICT (the port is taken), ERR_NOT_FOUND (withdrawn meanwhile)
   */
  async move(port: Port): Promise<Applied> {
    return this.#become((publication) => withPort(publication, port));
  }

  /**
   * Sends new connections to another target port, atomically. Connections to the previous one go on.
   * @throws FirewallError ERR_INVALID_ARGUMENT, ERR_CONFLICT, ERR_NOT_FOUND (withdrawn meanwhile)
   */
  async retarget(targetPort: number): Promise<Applied> {
    return this.#become((publication) => withTargetPort(publication, targetPort));
  }

  /** Takes the service off its public port and opens its target port. @throws FirewallError ERR_NOT_FOUND */
  async withdraw(): Promise<Applied> {
    const { name } = this;
    const outcome = await this.#committer.edit(function* (ruleset) {
      current(ruleset, name);
      for (const entry of ruleset.named(name)) ruleset.remove(entry);
      yield;
    });
    this.#applied = new Applied(this.#committer, outcome);
    return this.#applied;
  }

  /** What the kernel has counted. @throws FirewallError ERR_NOT_FOUND */
  async counters(): Promise<PublishedCounters> {
    const mine = (await this.#committer.read()).filter(({ entry }) => entry.name === this.name);
    if (mine.length === 0) throw notFound(this.name);
    return countersOf(mine);
  }

  async #become(next: (publication: Publication) => Publication): Promise<Applied> {
    const outcome = await this.#committer.edit(replace(this.name, next));
    this.#publication = outcome.value;
    this.#applied = new Applied(this.#committer, outcome);
    return this.#applied;
  }
}

function replace(name: string, next: (publication: Publication) => Publication): Edit<Publication> {
  return function* (ruleset) {
    const publication = next(current(ruleset, name));
    const entries = entriesOf(publication);
    for (const entry of ruleset.named(name)) ruleset.remove(entry);
    for (const entry of entries) ruleset.add(entry);
    yield;
    return publication;
  };
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
    `there is no published port "${name}"; it was withdrawn, or belongs to another owner`,
    {
      field: 'name',
      value: name,
    },
  );
}

/** The counters of one published port's entries together. */
export function countersOf(entries: readonly InstalledEntry[]): PublishedCounters {
  let connections = 0;
  let denied = 0;
  for (const { entry, packets } of entries) {
    if (entry.rule.kind === 'markDrop') denied += packets;
    else connections += packets;
  }
  return { connections, denied };
}
