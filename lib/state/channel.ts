import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { link, rename, rm, unlink } from 'node:fs/promises';
import { createConnection, createServer, type Server, type Socket } from 'node:net';
import { createInterface, type Interface } from 'node:readline';
import { FirewallError } from '../errors';
import { forbiddenUnixSocket } from '../sandbox';

/** Processes of one user on one host talk over Unix sockets (unix(7)): a line of JSON for each question and answer. */

/** sun_path of unix(7), less its final zero byte. */
const LONGEST_PATH = 107;

/** One end of a conversation. */
export class Channel {
  readonly #socket: Socket;
  readonly #answers: AsyncIterator<string>;

  private constructor(socket: Socket) {
    this.#socket = socket;
    this.#answers = linesOf(socket)[Symbol.asyncIterator]();
  }

  /** Undefined where nobody listens. `stale`: somebody did, and is gone. @throws the error of connect(2), others than these */
  static async connect(path: string): Promise<Channel | 'stale' | undefined> {
    const socket = createConnection(checkPath(path));
    try {
      await once(socket, 'connect');
      return new Channel(socket);
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : undefined;
      if (code === 'ENOENT') return undefined;
      if (code === 'ECONNREFUSED') return 'stale';
      const forbidden = forbiddenUnixSocket(error);
      if (forbidden === undefined) throw error;
      // Where there is no socket, nobody listens, whatever this process may do.
      if (existsSync(path)) throw forbidden;
      return undefined;
    }
  }

  /** One question at a time. Undefined: the other side is gone. */
  async ask(question: unknown): Promise<unknown> {
    this.#socket.write(`${JSON.stringify(question)}\n`);
    const { done, value } = await this.#answers.next();
    return done === true ? undefined : (JSON.parse(value) as unknown);
  }

  /** Says that nothing more will be asked; resolves when the other side has closed. */
  async end(): Promise<void> {
    this.#socket.end();
    while ((await this.#answers.next()).done !== true);
    this.#socket.destroy();
  }

  close(): void {
    this.#socket.end();
  }
}

/** They end with the socket, however that ends. */
function linesOf(socket: Socket): Interface {
  const lines = createInterface({ input: socket });
  socket.on('error', () => {});
  socket.on('close', () => lines.close());
  return lines;
}

/** What a server does with one conversation. */
export interface Conversation<Question> {
  answer(question: Question): Promise<unknown>;
  /** The other side has nothing more to ask, or is gone; its end of the conversation closes when this resolves. */
  ended(): Promise<void>;
}

/**
 * Listens on a path that nobody listens on; one that is left over from a process that is gone is taken over.
 * @throws the error of bind(2), with code EADDRINUSE where somebody listens
 */
export async function listen<Question>(path: string, converse: () => Conversation<Question>): Promise<Server> {
  await removeStale(checkPath(path));
  const server = createServer({ allowHalfOpen: true }, (socket) => void hold(socket, converse()));
  server.listen(path);
  try {
    await once(server, 'listening');
  } catch (error) {
    throw forbiddenUnixSocket(error) ?? error;
  }
  return server;
}

async function hold<Question>(socket: Socket, conversation: Conversation<Question>): Promise<void> {
  try {
    for await (const line of linesOf(socket)) {
      const answer = await conversation.answer(JSON.parse(line) as Question);
      socket.write(`${JSON.stringify(answer)}\n`);
    }
  } catch {
    socket.destroy();
  } finally {
    await conversation.ended();
    socket.end();
  }
}

/** Two that do it at the same time must not remove what one of them has put there since. */
async function removeStale(path: string): Promise<void> {
  if ((await isListening(path)) !== 'stale') return;
  const aside = `${path}.${process.pid}`;
  await rename(path, aside).catch(() => undefined);
  if ((await isListening(aside)) === true) await link(aside, path).catch(() => undefined);
  await rm(aside, { force: true });
}

async function isListening(path: string): Promise<boolean | 'stale'> {
  const channel = await Channel.connect(path);
  if (channel === 'stale' || channel === undefined) return channel ?? false;
  channel.close();
  return true;
}

/** Removes what is left of a listener that is gone. */
export async function removeSocket(path: string): Promise<void> {
  await unlink(path).catch(() => undefined);
}

function checkPath(path: string): string {
  if (Buffer.byteLength(path) <= LONGEST_PATH) return path;
  throw new FirewallError(
    'ERR_UNSUPPORTED',
    `${path} is too long for the path of a socket, which ends at ${LONGEST_PATH} bytes; name a shorter directory in PORTSHIFT_STATE_DIR`,
  );
}
