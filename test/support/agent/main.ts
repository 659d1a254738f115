import { createInterface } from 'node:readline';
import { Download } from './download';
import { type Flow, startFlow } from './flow';
import { Hammer, type Tireless } from './hammer';
import { KeepAlive } from './keep-alive';
import { probe } from './probe';
import type { Calls, Request, Response } from './protocol';
import { type RunningServer, serve } from './servers';

type Handlers = {
  [M in keyof Calls]: (...args: Parameters<Calls[M]>) => ReturnType<Calls[M]> | Promise<ReturnType<Calls[M]>>;
};

/** Things that a later call names by their number. */
class Numbered<T> {
  readonly #things = new Map<number, T>();
  #last = 0;

  add(thing: T): number {
    this.#last += 1;
    this.#things.set(this.#last, thing);
    return this.#last;
  }

  get(number: number): T {
    const thing = this.#things.get(number);
    if (thing === undefined) throw new Error(`Number ${number} is unknown.`);
    return thing;
  }
}

const servers = new Map<string, RunningServer>();
const flows = new Numbered<Flow>();
const downloads = new Numbered<Download>();
const hammers = new Numbered<Tireless>();

function server(id: string): RunningServer {
  const found = servers.get(id);
  if (!found) throw new Error(`No server ${id} runs here.`);
  return found;
}

const handlers: Handlers = {
  serve: async (options) => {
    if (servers.has(options.id)) throw new Error(`Server ${options.id} runs already.`);
    servers.set(options.id, await serve(options));
  },
  stop: async (id) => {
    await server(id).stop();
    servers.delete(id);
  },
  accepted: (id) => server(id).accepted(),
  releaseDownloads: (id) => server(id).releaseDownloads(),
  probe: (options) => Promise.all(options.map((one) => probe(one))),
  open: async (options) => {
    const flow = startFlow(options);
    return { flow: flows.add(flow), outcome: await flow.opened(options.timeout) };
  },
  echo: (flow, timeout) => flows.get(flow).echo(timeout),
  close: (flow) => flows.get(flow).close(),
  download: async (options) => {
    const download = new Download(options);
    await download.begun;
    return downloads.add(download);
  },
  downloadStatus: (download) => downloads.get(download).status,
  downloadEnd: (download) => downloads.get(download).end,
  startHammer: (options) => hammers.add(new Hammer(options)),
  startKeepAlive: async (options) => {
    const keepAlive = new KeepAlive(options);
    await keepAlive.opened;
    return hammers.add(keepAlive);
  },
  aimHammer: (hammer, ports) => hammers.get(hammer).aim(ports),
  lapHammer: (hammer) => hammers.get(hammer).lap(),
  stopHammer: (hammer) => hammers.get(hammer).stop(),
};

async function answer(line: string): Promise<void> {
  const request = JSON.parse(line) as Request;
  let response: Response;
  try {
    const handler = handlers[request.method] as (...args: unknown[]) => unknown;
    response = { id: request.id, result: await handler(...request.args) };
  } catch (error) {
    response = { id: request.id, error: error instanceof Error ? error.message : String(error) };
  }
  process.stdout.write(`${JSON.stringify(response)}\n`);
}

createInterface({ input: process.stdin })
  .on('line', answer)
  .on('close', () => process.exit(0));
