import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, link, rename, rm } from 'node:fs/promises';
import { createConnection, createServer, type Server, Socket } from 'node:net';
import { errnoOf, FirewallError, messageOf } from '../util/errors';
import { forbiddenUnixSocket } from '../util/sandbox';
import { loadHost, type Peer } from './host';

/**
 * A Channel and a Listener let processes on one host communicate over Unix sockets (unix(7)), with one line of JSON for
 * each question and answer. Each side reads the credentials of the other from the kernel, and waits for it for a
 * limited time only.
 */

/** The time in ms within which another process must answer, or close its end. */
export const PATIENCE = 5_000;

/**
 * The longest line in bytes. The rules of all ports of all protocols are a fifth of it. A peer that sends more without
 * a line end is disconnected.
 */
const LONGEST_LINE = 64 * 1024 * 1024;

/**
 * The number of conversations that a listener holds at a time. Further ones are disconnected. Peers that are not
 * admitted are not counted.
 */
const MOST_CONVERSATIONS = 64;

/** The number of peers that are refused at a time, and the time in ms that each has to read the refusal. */
const MOST_STRANGERS = 16;
const STRANGERS_TIME = 1_000;

/**
 * The result of a question. `silent`: the other side exists and does not answer, perhaps because it is stopped or
 * frozen; `gone`: it closed its end.
 */
export type Reply =
  | { readonly is: 'answer'; readonly value: unknown }
  | { readonly is: 'gone' }
  | { readonly is: 'silent' };

/** One end of a conversation. */
export class Channel {
  readonly peer: Peer;
  readonly #socket: Socket;
  readonly #answers: AsyncIterator<string>;

  /**
   * @param socket connected
   * @param longest the longest answer in bytes
   * @throws the error of getsockopt(2)
   */
  constructor(socket: Socket, longest = LONGEST_LINE) {
    this.#socket = socket;
    this.peer = peerOf(socket);
    this.#answers = linesOf(socket, longest);
  }

  /**
   * Connects to a listener. Returns undefined if nobody listens, `stale` if the listener is gone and has left its
   * socket, and `silent` if the listener accepts no connection.
   * @throws the error of connect(2), others than these; the signal's reason
   */
  static async connect(path: string, signal?: AbortSignal): Promise<Channel | 'stale' | 'silent' | undefined> {
    signal?.throwIfAborted();
    const socket = createConnection(path);
    try {
      if (!(await within(PATIENCE, once(socket, 'connect'), signal))) {
        socket.destroy();
        return 'silent';
      }
      return new Channel(socket);
    } catch (error) {
      socket.destroy();
      const errno = errnoOf(error);
      if (errno === 'ENOENT') return undefined;
      if (errno === 'ECONNREFUSED') return 'stale';
      if (errno === 'EAGAIN') return 'silent';
      const forbidden = forbiddenUnixSocket(error);
      if (forbidden === undefined) throw error;
      // If the socket does not exist, nobody listens, whether or not this process may make sockets.
      if (existsSync(path)) throw forbidden;
      return undefined;
    }
  }

  /**
   * Sends a question and waits for its answer; one question at a time. After a `silent` reply, nothing more is read.
   * @throws the signal's reason
   */
  async ask(question: unknown, patience = PATIENCE, signal?: AbortSignal): Promise<Reply> {
    signal?.throwIfAborted();
    this.tell(question);
    const next = await within(patience, this.#answers.next(), signal);
    if (next === undefined) return { is: 'silent' };
    if (next.value.done === true) return { is: 'gone' };
    return { is: 'answer', value: JSON.parse(next.value.value) as unknown };
  }

  /** Sends a message without waiting for an answer. */
  tell(message: unknown): void {
    if (this.#socket.writable) this.#socket.write(`${JSON.stringify(message)}\n`);
  }

  /**
   * Closes this end for further questions. Resolves when the other side has closed its end, or does not do so in time.
   */
  async end(): Promise<void> {
    this.#socket.end();
    const closing = async () => {
      while ((await this.#answers.next()).done !== true);
    };
    await within(PATIENCE, closing());
    this.#socket.destroy();
  }

  /** Sends what was written, and closes the channel whatever the other side does. */
  close(): void {
    this.#socket.end(() => this.#socket.destroy());
    // A peer that does not read does not keep this process alive.
    this.#socket.unref();
  }
}

/**
 * Resolves to the value of the promise, in an object, or to undefined if that takes longer than `ms`.
 * @throws the signal's reason
 */
async function within<T>(
  ms: number,
  promise: Promise<T>,
  signal?: AbortSignal,
): Promise<{ readonly value: T } | undefined> {
  promise.catch(() => undefined);
  let timer: NodeJS.Timeout | undefined;
  let abort: (() => void) | undefined;
  const interrupted = new Promise<undefined>((resolve, reject) => {
    timer = setTimeout(() => resolve(undefined), ms);
    abort = () => reject(signal?.reason);
    signal?.addEventListener('abort', abort);
  });
  try {
    return await Promise.race([promise.then((value) => ({ value })), interrupted]);
  } finally {
    clearTimeout(timer);
    if (abort !== undefined) signal?.removeEventListener('abort', abort);
  }
}

function peerOf(socket: Socket): Peer {
  const { _handle: handle } = socket as { readonly _handle?: { readonly fd?: number } | null };
  return loadHost().peerCredentials(handle?.fd ?? -1);
}

/** Yields the lines that arrive. It ends with the socket, for whatever reason, and at a line that is too long. */
async function* linesOf(socket: Socket, longest = LONGEST_LINE): AsyncGenerator<string, void, undefined> {
  socket.on('error', () => {});
  let parts: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of socket.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      let from = 0;
      for (let end = chunk.indexOf('\n'); end >= 0; end = chunk.indexOf('\n', from)) {
        parts.push(chunk.subarray(from, end));
        yield Buffer.concat(parts).toString();
        [parts, length, from] = [[], 0, end + 1];
      }
      parts.push(chunk.subarray(from));
      length += chunk.length - from;
      if (length > longest) break;
    }
  } catch {
    // The socket was closed by either side.
  }
  if (length > longest) socket.destroy();
}

/** A server's side of one conversation. */
export interface Conversation<Question> {
  answer(question: Question): Promise<unknown>;
  /** Called when the other side has closed its end or is gone. This end is closed when the promise resolves. */
  ended(): Promise<void>;
}

/** Returns true if the peer may use a listener: its user is the listener's own, or root. */
export function isAdmitted({ uid }: Peer): boolean {
  return uid === 0 || uid === process.geteuid?.();
}

/** Accepts conversations with other processes. */
export class Listener<Question> {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #strangers = new Set<Socket>();

  /** @param refusal the message to peers that are not admitted */
  constructor(
    readonly converse: () => Conversation<Question>,
    readonly refusal: unknown,
  ) {
    this.#server = createServer({ allowHalfOpen: true }, (socket) => void this.#hold(socket));
  }

  /**
   * Listens on a path on which nobody listens. A socket that is left from a process that is gone is replaced. Other
   * users may not connect, whatever the umask is.
   * @throws the error of bind(2), with code EADDRINUSE where somebody listens
   */
  async listenAt(path: string): Promise<void> {
    await removeStale(path);
    this.#server.listen(path);
    try {
      await once(this.#server, 'listening');
    } catch (error) {
      throw forbiddenUnixSocket(error) ?? error;
    }
    await chmod(path, 0o600);
  }

  /** Listens with a socket that is already listening. */
  async listenWith(fd: number): Promise<void> {
    // The descriptor is passed as a handle, because a worker of node:cluster would look for the number among its
    // primary's files.
    this.#server.listen(new Socket({ fd, readable: false, writable: false }));
    await once(this.#server, 'listening');
  }

  /** Lets the process end although the listener is open. */
  unref(): void {
    this.#server.unref();
  }

  /** Ends all conversations, including those of stopped processes. */
  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    for (const socket of [...this.#sockets, ...this.#strangers]) socket.destroy();
    await closed;
  }

  async #hold(socket: Socket): Promise<void> {
    socket.on('error', () => {});
    if (!isPeerAdmitted(socket)) {
      this.#refuse(socket);
      return;
    }
    if (this.#sockets.size >= MOST_CONVERSATIONS) {
      socket.destroy();
      return;
    }
    this.#sockets.add(socket);
    socket.on('close', () => this.#sockets.delete(socket));
    const conversation = this.converse();
    try {
      for await (const line of linesOf(socket)) {
        const answer = await conversation.answer(JSON.parse(line) as Question);
        if (socket.writable) socket.write(`${JSON.stringify(answer)}\n`);
      }
    } catch {
      socket.destroy();
    } finally {
      await conversation.ended();
      socket.end(() => socket.destroy());
    }
  }

  /**
   * Sends the refusal, and reads and drops what the peer sends: a peer that is disconnected while it sends does not
   * receive the refusal.
   */
  #refuse(socket: Socket): void {
    if (this.#strangers.size >= MOST_STRANGERS) {
      socket.destroy();
      return;
    }
    this.#strangers.add(socket);
    const timer = setTimeout(() => socket.destroy(), STRANGERS_TIME).unref();
    socket.on('close', () => {
      clearTimeout(timer);
      this.#strangers.delete(socket);
    });
    socket.resume();
    socket.end(`${JSON.stringify(this.refusal)}\n`);
  }
}

function isPeerAdmitted(socket: Socket): boolean {
  try {
    return isAdmitted(peerOf(socket));
  } catch {
    // The peer is gone.
    return false;
  }
}

/**
 * Removes the socket of a listener that is gone. It renames the socket first, and puts it back if somebody listens on
 * it: another process may have replaced the stale socket at the same time.
 */
async function removeStale(path: string): Promise<void> {
  if ((await isListening(path)) !== 'stale') return;
  const aside = `${path}.${randomBytes(4).toString('hex')}`;
  await rename(path, aside).catch(() => undefined);
  if ((await isListening(aside)) === true) await link(aside, path).catch(() => undefined);
  await rm(aside, { force: true });
}

async function isListening(path: string): Promise<boolean | 'stale'> {
  const channel = await Channel.connect(path);
  if (channel === 'stale' || channel === undefined) return channel ?? false;
  if (channel !== 'silent') channel.close();
  return true;
}

/** Removes the socket of a listener that is gone. */
export async function removeSocket(path: string): Promise<void> {
  await rm(path, { force: true }).catch(() => undefined);
}

/** Returns the name of a process for messages. */
export function describePeer({ pid }: Peer): string {
  return pid > 0 ? `process ${pid}` : 'a process of another PID namespace';
}

/** @throws FirewallError ERR_PERMISSION if the peer is not admitted */
export function checkAdmitted(peer: Peer): void {
  if (isAdmitted(peer)) return;
  throw new FirewallError(
    'ERR_PERMISSION',
    `${describePeer(peer)}, of another user (uid ${peer.uid}), is in its place`,
  );
}

/** Returns a FirewallError for an error whose message does not name what failed. */
export function cannotTalk(doing: string, error: unknown): FirewallError {
  if (error instanceof FirewallError) return error;
  const errno = errnoOf(error);
  return new FirewallError('ERR_GUARDIAN', `${doing}: ${messageOf(error)}`, {
    ...(errno !== undefined && { errno }),
    cause: error,
  });
}
