import type { Latencies } from './latency';

export type Protocol = 'tcp' | 'udp';

/** What became of one attempt to reach a server. A refusal is a reset or an ICMP error; a timeout is silence. */
export type Outcome =
  | { state: 'open'; server: string; port: number }
  | { state: 'refused' | 'reset' | 'timeout' }
  | { state: 'failed'; code: string };

export interface Certificate {
  key: string;
  cert: string;
}

export interface ServerOptions {
  kind: Protocol | 'https';
  /** Which server answered, in every outcome. */
  id: string;
  port: number;
  /** Default: every address, IPv4 and IPv6. */
  address?: string;
  /** For `https` only. */
  certificate?: Certificate;
  /** Of a UDP server: multicast groups that it joins, each on an interface given as dgram's addMembership() takes it. */
  groups?: Group[];
  /** Of a UDP server: where every answer goes instead of to the sender, such as a broadcast address. */
  answerTo?: { address: string; port: number };
}

export interface Group {
  address: string;
  interface: string;
}

export interface ProbeOptions {
  protocol: Protocol;
  address: string;
  port: number;
  /** Milliseconds. */
  timeout: number;
  /** Speak HTTPS and trust this certificate only. */
  ca?: string;
  /** Local port; default: any. */
  sourcePort?: number;
  /** Of UDP: takes answers from any address, those to broadcast addresses and to these groups too. */
  fromAnybody?: { groups: Group[] };
}

export interface HammerOptions {
  protocol: Protocol;
  address: string;
  /** One attempt tries them in this order until one is open. */
  ports: number[];
  /** Milliseconds for each port. */
  timeout: number;
  /** Attempts under way at the same time. */
  concurrency: number;
  /** ms between the end of an attempt and the next one. Default: none. */
  pause?: number;
}

export interface HammerResult {
  attempts: number;
  /** Attempts by the server and the public port that answered: `blue on 8445`. */
  open: Record<string, number>;
  /** Attempts that found no port open, by what each port said: `8446 refused, 8445 timeout`. */
  failed: Record<string, number>;
  /** Until an open port was connected, or a UDP answer was there. */
  latencies: Latencies;
}

export interface KeepAliveOptions extends ProbeOptions {
  connections: number;
  /** ms between an answer and the next question. */
  pause: number;
}

export interface DownloadResult {
  bytes: number;
  /** What the server says it sent; undefined while the download runs. */
  announced?: number;
  /** Complete if every byte has come as it was sent. */
  state: 'running' | 'complete' | 'broken';
  error?: string;
}

/** What an agent does on request. One per process; everything ends with the process. */
export interface Calls {
  serve(options: ServerOptions): void;
  /** Stops listening and resets what is open. */
  stop(id: string): void;
  /** Connections, or UDP datagrams, that the server has got. */
  accepted(id: string): number;
  /** Lets every download of this HTTPS server come to its end. */
  releaseDownloads(id: string): void;

  probe(options: ProbeOptions[]): Outcome[];

  /** A connection or UDP flow that stays; its number is for echo() and close(). */
  open(options: ProbeOptions): { flow: number; outcome: Outcome };
  /** Is it still answered, and by whom? */
  echo(flow: number, timeout: number): Outcome;
  close(flow: number): void;

  /** Resolves when the download has begun; it goes on until releaseDownloads() at the server. */
  download(options: ProbeOptions): number;
  downloadStatus(download: number): DownloadResult;
  /** Resolves when the download is complete or broken. */
  downloadEnd(download: number): DownloadResult;

  /** Keeps on making new connections until stopHammer(). */
  startHammer(options: HammerOptions): number;
  /** Opens connections that stay, and keeps on asking until stopHammer(). Resolves when they are open. */
  startKeepAlive(options: KeepAliveOptions): number;
  /** Other ports from now on; resolves when no attempt on the previous ones is under way. */
  aimHammer(hammer: number, ports: number[]): void;
  /** What was counted since the last lap. */
  lapHammer(hammer: number): HammerResult;
  stopHammer(hammer: number): HammerResult;
}

/** The answer of a TCP or UDP server: a greeting, then one for every line or datagram. */
export interface Answer {
  server: string;
  /** The local port that the server saw. */
  port: number;
  echo?: string;
}

export interface Request {
  id: number;
  method: keyof Calls;
  args: unknown[];
}

export type Response = { id: number; result: unknown } | { id: number; error: string };
