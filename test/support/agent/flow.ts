import { createSocket } from 'node:dgram';
import { dialTcp, dialUdp, failure, open } from './probe';
import type { Answer, Outcome, ProbeOptions } from './protocol';

/** A connection, or a UDP flow from one port, that stays open. */
export interface Flow {
  /** Resolves with what the server said first. */
  opened(timeout: number): Promise<Outcome>;
  echo(timeout: number): Promise<Outcome>;
  close(): void;
}

export function startFlow(options: ProbeOptions): Flow {
  return options.protocol === 'tcp' ? tcpFlow(options) : udpFlow(options);
}

/** Answers that have come and nobody has waited for yet; or the error after which none will come. */
class Answers {
  #waiting: ((outcome: Outcome) => void) | undefined;
  #end: Outcome | undefined;
  #wanted: string | undefined;

  next(timeout: number, echo?: string): Promise<Outcome> {
    if (this.#end) return Promise.resolve(this.#end);
    return new Promise((resolve) => {
      const timer = setTimeout(() => finish({ state: 'timeout' }), timeout);
      const finish = (outcome: Outcome) => {
        clearTimeout(timer);
        this.#waiting = undefined;
        resolve(outcome);
      };
      this.#wanted = echo;
      this.#waiting = finish;
    });
  }

  take(text: string): void {
    if ((JSON.parse(text) as Answer).echo === this.#wanted) this.#waiting?.(open(text));
  }

  fail(outcome: Outcome, last: boolean): void {
    if (last) this.#end ??= outcome;
    this.#waiting?.(outcome);
  }
}

function tcpFlow(options: ProbeOptions): Flow {
  const answers = new Answers();
  const socket = dialTcp(options);
  let text = '';
  let count = 0;
  socket.on('data', (chunk: Buffer) => {
    const lines = (text + chunk.toString()).split('\n');
    text = lines.pop() ?? '';
    for (const line of lines) answers.take(line);
  });
  socket.on('error', (error) => answers.fail(failure(error), true));
  socket.on('close', () => answers.fail({ state: 'reset' }, true));
  return {
    opened: (timeout) => answers.next(timeout),
    echo: (timeout) => {
      count += 1;
      socket.write(`${count}\n`);
      return answers.next(timeout, String(count));
    },
    close: () => {
      socket.destroy();
    },
  };
}

function udpFlow(options: ProbeOptions): Flow {
  const answers = new Answers();
  const socket = createSocket(options.address.includes(':') ? 'udp6' : 'udp4');
  let count = 0;
  const send = () => socket.send(String(count));
  socket.on('message', (message) => answers.take(message.toString()));
  socket.on('error', (error) => answers.fail(failure(error), false));
  return {
    opened: (timeout) => {
      dialUdp(socket, options, send);
      return answers.next(timeout, String(count));
    },
    echo: (timeout) => {
      count += 1;
      send();
      return answers.next(timeout, String(count));
    },
    close: () => {
      socket.close();
    },
  };
}
