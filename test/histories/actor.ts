import {
  type Applied,
  type Firewall,
  FirewallError,
  loopback,
  markDrop,
  type PublishedPort,
  type Rule,
  redirect,
} from '../../lib';
import type { Operation, Way } from './operations';

/** Somebody who makes one call after the other on a firewall. */
export interface Actor {
  /** `done`, the code of an error, or what was seen. */
  perform(operation: Operation): Promise<string>;
  /** Forgets its last change. */
  forget(): Promise<void>;
  close(): Promise<void>;
}

export class LocalActor implements Actor {
  #last: Applied | undefined;

  private constructor(
    readonly open: () => Promise<Firewall>,
    private firewall: Firewall,
  ) {}

  static async create(open: () => Promise<Firewall>): Promise<LocalActor> {
    return new LocalActor(open, await open());
  }

  async perform(operation: Operation): Promise<string> {
    try {
      return (await this.#perform(operation)) ?? 'done';
    } catch (error) {
      if (!(error instanceof FirewallError)) throw error;
      return error.code;
    }
  }

  async forget(): Promise<void> {
    this.#last = undefined;
  }

  close(): Promise<void> {
    return this.firewall.close();
  }

  async #perform(operation: Operation): Promise<string | undefined> {
    const { firewall } = this;
    switch (operation.does) {
      case 'publish':
        this.#last = (await firewall.publish(operation.service)).applied;
        return undefined;
      case 'publishAll':
        this.#last = await firewall.publishAll(operation.services);
        return undefined;
      case 'move':
      case 'retarget':
        this.#last = await (await this.#port(operation.name))[operation.does](operation.to);
        return undefined;
      case 'withdraw':
        this.#last = await (await this.#port(operation.name)).withdraw();
        return undefined;
      case 'counters':
        await (await this.#port(operation.name)).counters();
        return undefined;
      case 'apply':
        this.#last = await firewall.apply(rulesOf(operation.ways));
        return undefined;
      case 'update':
        this.#last = await firewall.update({ add: rulesOf(operation.add), remove: rulesOf(operation.remove) });
        return undefined;
      case 'clear':
        this.#last = await firewall.clear();
        return undefined;
      case 'rollback':
        if (this.#last === undefined) return 'nothing to roll back';
        await this.#last.rollback();
        this.#last = undefined;
        return undefined;
      case 'reopen':
        await firewall.close();
        this.firewall = await this.open();
        this.#last = undefined;
        return undefined;
      case 'look':
        return (await firewall.published()).map(textOf).sort().join('; ');
    }
  }

  /** @throws FirewallError ERR_NOT_FOUND */
  async #port(name: string): Promise<PublishedPort> {
    const port = (await this.firewall.published()).find((one) => one.name === name);
    if (port === undefined) throw new FirewallError('ERR_NOT_FOUND', name);
    return port;
  }
}

function textOf({ name, protocol, port, targetPort, options }: PublishedPort): string {
  return `${name}: ${protocol} ${port}>${targetPort} ${options.deny}`;
}

/** Two ways to one target have one rule that closes it. */
function rulesOf(ways: readonly Way[]): Rule[] {
  return ways.flatMap(({ protocol, port, targetPort }) => [
    redirect({ protocol, port, targetPort }),
    loopback({ protocol, port, targetPort }),
    markDrop({ protocol, port: targetPort }),
  ]);
}
