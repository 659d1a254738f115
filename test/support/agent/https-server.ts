import { createHash } from 'node:crypto';
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { Answer, ServerOptions } from './protocol';
import type { RunningServer } from './servers';

const CHUNK_BYTES = 16 * 1024;
const PAUSE_MS = 20;

/** `/` says which server this is; `/download` goes on until it is released, then says what it has sent. */
export async function serveHttps({ id, port, address, certificate }: ServerOptions): Promise<RunningServer> {
  if (!certificate) throw new Error('An https server needs a certificate.');
  let accepted = 0;
  const downloads = new Set<Download>();
  const server = createServer(certificate, (request, response) => {
    if (request.url === '/download') {
      const download = new Download(response);
      downloads.add(download);
      response.once('close', () => downloads.delete(download));
    } else {
      const answer: Answer = { server: id, port: request.socket.localPort ?? 0 };
      response.setHeader('connection', 'close');
      response.end(JSON.stringify(answer));
    }
  });
  server.on('connection', () => {
    accepted += 1;
  });
  server.on('tlsClientError', () => {});
  server.listen({ port, host: address ?? '::' });
  await once(server, 'listening');
  return {
    accepted: () => accepted,
    releaseDownloads: () => {
      for (const download of downloads) download.release();
    },
    stop: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

class Download {
  readonly #response: ServerResponse;
  readonly #timer: NodeJS.Timeout;
  readonly #digest = createHash('sha256');
  #sent = 0;

  constructor(response: ServerResponse) {
    this.#response = response;
    response.writeHead(200, { trailer: 'x-bytes, x-sha256', 'transfer-encoding': 'chunked' });
    this.#timer = setInterval(() => this.#send(), PAUSE_MS);
    response.once('close', () => clearInterval(this.#timer));
    this.#send();
  }

  release(): void {
    clearInterval(this.#timer);
    this.#response.addTrailers({ 'x-bytes': String(this.#sent), 'x-sha256': this.#digest.digest('hex') });
    this.#response.end();
  }

  #send(): void {
    if (this.#response.writableNeedDrain) return;
    // No two chunks are the same.
    const chunk = Buffer.alloc(CHUNK_BYTES, `portshift ${this.#sent} `);
    this.#response.write(chunk);
    this.#digest.update(chunk);
    this.#sent += chunk.length;
  }
}
