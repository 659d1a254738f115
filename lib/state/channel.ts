import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, link, rename, rm } from 'node:fs/promises';
import { createConnection, createServer, type Server, Socket } from 'node:net';
import { errnoOf, FirewallError, messageOf } from '../errors';
import { forbiddenUnixSocket } from '../sandbox';
import { loadHost, type Peer } from './host';

/**
 * Processes on one host talk over Unix sockets (unix(7)): a line of JSON for each question and answer. Each side knows
 * the other one by the kernel's word, and waits for it no longer than it says.
 */

/** ms within which another process must answer, or close its end. */
export const PATIENCE = 5_000;

/** Bytes; the rules of all ports of all protocols are a fifth of it. A peer that sends more without an end of line is cut off. */
const LONGEST_LINE = 64 * 1024 * 1024;

/** Conversations that a listener holds at a time; more are cut off. Strangers take none of them. */
const MOST_CONVERSATIONS = 64;

/** Strangers who are told so at a time, and ms in which they may hear it. */
const MOST_STRANGERS = 16;
const STRANGERS_TIME = 1_000;

/** What comes of a question. `silent`: the other side is there, stopped or frozen perhaps; `gone`: it closed its end. */
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
   * @param longest bytes that an answer may have
   * @throws the error of getsockopt(2)
   */
  constructor(socket: Socket, longest = LONGEST_LINE) {
    this.#socket = socket;
    this.peer = peerOf(socket);
    this.#answers = linesOf(socket, longest);
  }

  /**
   * Undefined where nobody listens. `stale`: somebody did, and is gone. `silent`: it accepts nobody.
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
      // Where there is no socket, nobody listens, whatever this process may do.
      if (existsSync(path)) throw forbidden;
      return undefined;
    }
  }

  /** One question at a time. After a `silent` one, nothing more is read. @throws the signal's reason */
  async ask(question: unknown, patience = PATIENCE, signal?: AbortSignal): Promise<Reply> {
    signal?.throwIfAborted();
    this.tell(question);
    const next = await within(patience, this.#answers.next(), signal);
    if (next === undefined) return { is: 'silent' };
    if (next.value.done === true) return { is: 'gone' };
    return { is: 'answer', value: JSON.parse(next.value.value) as unknown };
  }

  /** Says something that no answer is waited for. */
  tell(message: unknown): void {
    if (this.#socket.writable) this.#socket.write(`${JSON.stringify(message)}\n`);
  }

  /** Says that nothing more will be asked; resolves when the other side has closed, or is silent. */
  async end(): Promise<void> {
    this.#socket.end();
    const closing = async () => {
      while ((await this.#answers.next()).done !== true);
    };
    await within(PATIENCE, closing());
    this.#socket.destroy();
  }

  /** Sends what was said, and is gone whatever the other side does. */
  close(): void {
    this.#socket.end(() => this.#socket.destroy());
    // What does not take what was said holds nobody up.
    this.#socket.unref();
  }
}

/** What a promise settles to, in an object; undefined where it takes longer. @throws the signal's reason */
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

/** They end with the socket, however that ends, and where a line is too long. */
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
    // Closed by either side.
  }
  if (length > longest) socket.destroy();
}

/** What a server does with one conversation. */
export interface Conversation<Question> {
  answer(question: Question): Promise<unknown>;
  /** The other side has nothing more to ask, or is gone; its end of the conversation closes when this resolves. */
  ended(): Promise<void>;
}

/** Who may talk to a listener: its own user, and root. */
export function isAdmitted({ uid }: Peer): boolean {
  return uid === 0 || uid === process.geteuid?.();
}

/** Listens to other processes. */
export class Listener<Question> {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #strangers = new Set<Socket>();

  /** @param refusal what those hear who are not admitted */
  constructor(
    readonly converse: () => Conversation<Question>,
    readonly refusal: unknown,
  ) {
    this.#server = createServer({ allowHalfOpen: true }, (socket) => void this.#hold(socket));
  }

  /**
   * Listens on a path that nobody listens on; one that is left over from a process that is gone is taken over. Others
   * may not connect, whatever the umask.
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

  /** Listens with a socket that does so already. */
  async listenWith(fd: number): Promise<void> {
    // As a handle, since a worker of node:cluster would look for the number among its primary's files.
    this.#server.listen(new Socket({ fd, readable: false, writable: false }));
    await once(this.#server, 'listening');
  }

  /** Keeps no process alive from now on. */
  unref(): void {
    this.#server.unref();
  }

  /** Ends all conversations, those of stopped processes too. */
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

  /** What the stranger says is read and dropped: one who is cut off in the middle of it hears nothing. */
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
    // It is gone.
    return false;
  }
}

/** Two that do it at the same time must not remove what one of them has put there since. */
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

/** Removes what is left of a listener that is gone. */
export async function removeSocket(path: string): Promise<void> {
  await rm(path, { force: true }).catch(() => undefined);
}

/** A process as messages name it. */
export function describePeer({ pid }: Peer): string {
  return pid > 0 ? `process ${pid}` : 'a process of another PID namespace';
}

/** @throws FirewallError ERR_PERMISSION where a stranger is at the other end */
export function checkAdmitted(peer: Peer): void {
  if (isAdmitted(peer)) return;
  throw new FirewallError(
    'ERR_PERMISSION',
    `${describePeer(peer)}, of another user (uid ${peer.uid}), is in its place`,
  );
}

/** For what fails without a word of what was being done. */
export function cannotTalk(doing: string, error: unknown): FirewallError {
  if (error instanceof FirewallError) return error;
  const errno = errnoOf(error);
  return new FirewallError('ERR_GUARDIAN', `${doing}: ${messageOf(error)}`, {
    ...(errno !== undefined && { errno }),
    cause: error,
  });
}
