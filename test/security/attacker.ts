import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import type { Namespace } from '../support/namespace';

/** A packet, bit by bit; see packets.py. */
export interface Packet {
  readonly protocol: 'tcp' | 'udp';
  readonly source: string;
  readonly destination: string;
  readonly sourcePort: number;
  readonly port: number;
  /** Of TCP, as in the header. */
  readonly flags?: number;
  readonly seq?: number;
  readonly ack?: number;
  readonly data?: string;
  /** Bytes in each fragment, a multiple of 8; absent: whole. */
  readonly fragment?: number;
  /** In front of the first fragment, the same with another port. */
  readonly decoy?: number;
  /** The last fragment first. */
  readonly reversed?: boolean;
  /** Extension headers of IPv6, the innermost first. */
  readonly headers?: readonly ('hop-by-hop' | 'destination')[];
  /** To the link's broadcast address. */
  readonly broadcast?: boolean;
  /** SO_MARK of the sender; only from the host itself. */
  readonly mark?: number;
}

export interface Reply {
  readonly flags?: number;
  readonly seq?: number;
  readonly ack?: number;
  readonly data?: string;
  readonly unreachable?: true;
}

export const FIN = 0x01;
export const SYN = 0x02;
export const RST = 0x04;
export const ACK = 0x10;
export const URG = 0x20;

/** Seconds in which every answer has come: nothing on the way takes longer than the machine is busy. */
const WAIT = 0.4;

/** Sends packets as they are written, and tells what comes back for each. */
export class Attacker {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #lines: Interface;
  readonly #ended: Promise<never>;

  private constructor(namespace: Namespace, args: readonly string[]) {
    this.#child = namespace.spawn('python3', [join(__dirname, 'packets.py'), ...args]);
    this.#lines = createInterface({ input: this.#child.stdout });
    let stderr = '';
    this.#child.stderr.on('data', (chunk: Buffer) => {
      stderr += chunk.toString();
    });
    this.#ended = once(this.#child, 'close').then(() => {
      throw new Error(`packets.py has ended. ${stderr}`);
    });
    this.#ended.catch(() => {});
  }

  /** A neighbour of `target`, to whose interface the packets go, past the neighbour's own rules and routes. */
  static async outside(namespace: Namespace, target: Namespace, name = 'eth0'): Promise<Attacker> {
    const { stdout } = await target.exec('ip', ['-json', 'link', 'show', name]);
    const [{ address }] = JSON.parse(stdout) as [{ address: string }];
    return new Attacker(namespace, [name, address]);
  }

  /** A process on the host itself. */
  static inside(namespace: Namespace): Attacker {
    return new Attacker(namespace, ['lo']);
  }

  /** What came back for each of the packets, in `wait` seconds after the last one. */
  async send(packets: readonly Packet[], wait = WAIT): Promise<Reply[][]> {
    const answer = once(this.#lines, 'line');
    this.#child.stdin.write(`${JSON.stringify({ packets, wait })}\n`);
    const [line] = await Promise.race([answer, this.#ended]);
    return JSON.parse(line as string) as Reply[][];
  }
}
