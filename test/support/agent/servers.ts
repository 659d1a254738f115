import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { serveHttps } from './https-server';
import type { Answer, ServerOptions } from './protocol';

export interface RunningServer {
  accepted(): number;
  releaseDownloads(): void;
  stop(): Promise<void>;
}

export function serve(options: ServerOptions): Promise<RunningServer> {
  switch (options.kind) {
    case 'tcp':
      return serveTcp(options);
    case 'udp':
      return serveUdp(options);
    case 'https':
      return serveHttps(options);
  }
}

async function serveTcp({ id, port, address }: ServerOptions): Promise<RunningServer> {
  let accepted = 0;
  const open = new Set<{ resetAndDestroy(): void }>();
  const server = createServer((socket) => {
    accepted += 1;
    open.add(socket);
    const answer = (echo?: string) => {
      socket.write(
        `${JSON.stringify({ server: id, port, ...(echo === undefined ? {} : { echo }) } satisfies Answer)}\n`,
      );
    };
    socket.once('close', () => open.delete(socket));
    socket.on('error', () => {});
    createInterface({ input: socket })
      .on('line', answer)
      .on('error', () => {});
    answer();
  });
  server.listen({ port, host: address ?? '::', backlog: 4096 });
  await once(server, 'listening');
  return {
    accepted: () => accepted,
    releaseDownloads: () => {},
    stop: async () => {
      const closed = once(server, 'close');
      server.close();
      for (const socket of open) socket.resetAndDestroy();
      await closed;
    },
  };
}

async function serveUdp({ id, port, address, groups = [], answerTo }: ServerOptions): Promise<RunningServer> {
  let accepted = 0;
  const host = address ?? '::';
  const socket = createSocket({ type: host.includes(':') ? 'udp6' : 'udp4', recvBufferSize: 1 << 20 });
  socket.on('message', (message, peer) => {
    accepted += 1;
    const answer: Answer = { server: id, port, echo: message.toString() };
    const to = answerTo ?? peer;
    socket.send(JSON.stringify(answer), to.port, to.address, () => {});
  });
  socket.bind(port, host);
  await once(socket, 'listening');
  socket.setBroadcast(true);
  for (const group of groups) socket.addMembership(group.address, group.interface);
  return {
    accepted: () => accepted,
    releaseDownloads: () => {},
    stop: async () => {
      const closed = once(socket, 'close');
      socket.close();
      await closed;
    },
  };
}
