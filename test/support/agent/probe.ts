import { createSocket, type Socket as DatagramSocket } from 'node:dgram';
import { get } from 'node:https';
import { connect, type Socket } from 'node:net';
import type { Answer, Outcome, ProbeOptions } from './protocol';

/**
 * One new connection, or one datagram from a new port, that does not stay.
 * @param connected called when a TCP connection is there, or a UDP answer has come
 */
export function probe(options: ProbeOptions, connected = () => {}): Promise<Outcome> {
  if (options.ca !== undefined) return probeHttps(options, options.ca);
  return options.protocol === 'tcp' ? probeTcp(options, connected) : probeUdp(options, connected);
}

function probeTcp(options: ProbeOptions, connected: () => void): Promise<Outcome> {
  return new Promise((resolve) => {
    const socket = dialTcp(options);
    socket.once('connect', connected);
    const finish = (outcome: Outcome) => {
      clearTimeout(timer);
      resolve(outcome);
      // A reset leaves no TIME_WAIT behind, so a client can make any number of connections. It would wait for the handshake.
      if (socket.connecting) socket.destroy();
      else socket.resetAndDestroy();
    };
    const timer = setTimeout(() => finish({ state: 'timeout' }), options.timeout);
    onAnswer(socket, finish);
  });
}

export function dialTcp({ address, port, sourcePort }: ProbeOptions): Socket {
  return connect({ host: address, port, ...(sourcePort === undefined ? {} : { localPort: sourcePort }) });
}

/** The next line that the server sends, or why there is none. */
function onAnswer(socket: Socket, finish: (outcome: Outcome) => void): void {
  let text = '';
  socket.on('data', (chunk: Buffer) => {
    text += chunk.toString();
    if (text.includes('\n')) finish(open(text.slice(0, text.indexOf('\n'))));
  });
  socket.on('error', (error: NodeJS.ErrnoException) => finish(failure(error)));
  socket.on('close', () => finish({ state: 'reset' }));
}

/** Where the ports of datagrams begin that nobody has asked a port for. */
const FIRST_PORT = 40_000;
const PORTS = 20_000;
let datagrams = 0;

/** A port that no earlier datagram came from: the kernel knows for half a minute where those went, and sends the next one there. */
function freshPort(): number {
  datagrams += 1;
  return FIRST_PORT + (datagrams % PORTS);
}

function probeUdp(options: ProbeOptions, connected: () => void): Promise<Outcome> {
  return new Promise((resolve) => {
    const socket = createSocket(options.address.includes(':') ? 'udp6' : 'udp4');
    const finish = (outcome: Outcome) => {
      clearTimeout(timer);
      resolve(outcome);
      socket.removeAllListeners();
      socket.on('error', () => {});
      socket.close();
    };
    const timer = setTimeout(() => finish({ state: 'timeout' }), options.timeout);
    socket.once('message', connected);
    socket.once('message', (message) => finish(open(message.toString())));
    socket.once('error', (error: NodeJS.ErrnoException) => {
      const isTaken = error.code === 'EADDRINUSE' && options.sourcePort === undefined;
      if (isTaken) void probeUdp(options, connected).then(finish);
      else finish(failure(error));
    });
    const { address, port, sourcePort = freshPort(), fromAnybody } = options;
    if (fromAnybody === undefined) dialUdp(socket, { ...options, sourcePort }, () => socket.send('probe'));
    else
      socket.bind({ port: sourcePort }, () => {
        socket.setBroadcast(true);
        for (const group of fromAnybody.groups) socket.addMembership(group.address, group.interface);
        socket.send('probe', port, address);
      });
  });
}

/** Connected, so that an ICMP error reaches the socket as ECONNREFUSED and only this server's answers do. */
export function dialUdp(socket: DatagramSocket, { address, port, sourcePort }: ProbeOptions, then: () => void): void {
  socket.once('connect', then);
  socket.bind({ port: sourcePort ?? 0 }, () => socket.connect(port, address));
}

function probeHttps({ address, port, timeout }: ProbeOptions, ca: string): Promise<Outcome> {
  return new Promise((resolve) => {
    const request = get({ host: address, port, ca, agent: false, ...TRUST }, (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => {
        text += chunk.toString();
      });
      response.on('end', () => finish(open(text)));
      response.on('error', (error) => finish(failure(error)));
    });
    const finish = (outcome: Outcome) => {
      clearTimeout(timer);
      resolve(outcome);
      request.destroy();
    };
    const timer = setTimeout(() => finish({ state: 'timeout' }), timeout);
    request.on('error', (error) => finish(failure(error)));
  });
}

/** The certificate itself is the trust anchor; which of the host's addresses was dialled does not matter. */
export const TRUST = { checkServerIdentity: () => undefined };

export function open(text: string): Outcome {
  const answer = JSON.parse(text) as Answer;
  return { state: 'open', server: answer.server, port: answer.port };
}

export function failure(error: NodeJS.ErrnoException): Outcome {
  switch (error.code) {
    case 'ECONNREFUSED':
      return { state: 'refused' };
    case 'ECONNRESET':
    case 'EPIPE':
      return { state: 'reset' };
    case 'ETIMEDOUT':
      return { state: 'timeout' };
    default:
      return { state: 'failed', code: error.code ?? error.message };
  }
}
