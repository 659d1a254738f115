import { execFile, spawn } from 'node:child_process';
import { randomFill } from 'node:crypto';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { openFirewall } from './portshift';
import { surround } from './surroundings';
import { PORTS, type Surroundings, type Way } from './ways';

/** Moves the public port from one to the other. */
type Swap = (from: number, to: number) => Promise<unknown>;

const run = promisify(execFile);
const fill = promisify(randomFill) as (buffer: Uint8Array) => Promise<unknown>;

async function feed(command: string, args: readonly string[], input: string): Promise<void> {
  const child = spawn(command, args, { stdio: ['pipe', 'ignore', 'inherit'] });
  child.stdin.end(input);
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`${command} ended with ${code}`);
}

const rule = (chain: string, port: number) => {
  return [chain, '-p', 'tcp', '--dport', String(port), '-j', 'REDIRECT', '--to-ports', String(PORTS.target)];
};
const element = (map: string, port: number) => `element inet bench ${map} { ${port} : ${PORTS.target} }`;

async function portshift(backend: 'nft' | 'iptc', published: number): Promise<Swap> {
  const firewall = await openFirewall({ backend, families: ['ipv4'] });
  const others = Array.from({ length: published - 1 }, (_, index) => {
    return { port: 10_000 + index, targetPort: 30_000 + index, name: `other-${index}` };
  });
  await firewall.publishAll([...others, { name: 'web', port: PORTS.from, targetPort: PORTS.target }]);
  const web = (await firewall.published()).find(({ name }) => name === 'web');
  if (web === undefined) throw new Error('the port is not published');
  return (_from, to) => web.move(to);
}

function iptables(command: string): Swap {
  return async (from, to) => {
    for (const chain of ['PREROUTING', 'OUTPUT']) await run(command, ['-w', '-t', 'nat', '-A', ...rule(chain, to)]);
    for (const chain of ['PREROUTING', 'OUTPUT']) await run(command, ['-w', '-t', 'nat', '-D', ...rule(chain, from)]);
  };
}

const restore: Swap = async (from, to) => {
  const lines = ['PREROUTING', 'OUTPUT'].flatMap((chain) => [
    `-A ${rule(chain, to).join(' ')}`,
    `-D ${rule(chain, from).join(' ')}`,
  ]);
  await feed('iptables-legacy-restore', ['-w', '--noflush'], `*nat\n${lines.join('\n')}\nCOMMIT\n`);
};

const nft: Swap = async (from, to) => {
  const lines = ['pre', 'out'].flatMap((map) => [`delete ${element(map, from)}`, `add ${element(map, to)}`]);
  await feed('nft', ['-f', '-'], `${lines.join('\n')}\n`);
};

/** The port is there already when the first swap begins. */
async function prepared(way: Way, { published }: Surroundings): Promise<Swap> {
  switch (way) {
    case 'portshift nft':
      return portshift('nft', published);
    case 'portshift iptc':
      return portshift('iptc', published);
    case '4 x iptables-legacy':
    case '4 x iptables-nft':
    case 'iptables-restore': {
      const command = way === '4 x iptables-nft' ? 'iptables-nft' : 'iptables-legacy';
      for (const chain of ['PREROUTING', 'OUTPUT']) await run(command, ['-t', 'nat', '-A', ...rule(chain, PORTS.from)]);
      return way === 'iptables-restore' ? restore : iptables(command);
    }
    case 'nft -f':
      await feed('nft', ['-f', '-'], `add ${element('pre', PORTS.from)}\nadd ${element('out', PORTS.from)}\n`);
      return nft;
    case 'no-op': {
      const byte = new Uint8Array(1);
      return () => fill(byte);
    }
    case 'libiptc in C':
    case 'libmnl in C':
      throw new Error(`${way} is a program of its own`);
  }
}

async function main(way: Way, surroundings: Surroundings): Promise<void> {
  surround(way, surroundings);
  const swap = await prepared(way, surroundings);
  let [from, to]: [number, number] = [PORTS.from, PORTS.to];
  const timed = async () => {
    const started = process.hrtime.bigint();
    await swap(from, to);
    const taken = process.hrtime.bigint() - started;
    [from, to] = [to, from];
    return taken;
  };
  console.log('ready');
  for await (const line of createInterface({ input: process.stdin })) {
    const [count = 0, idle = 0] = line.split(' ').map(Number);
    const times: bigint[] = [];
    for (let done = 0; done < count; done += 1) {
      if (idle > 0) await sleep(idle / 1000);
      times.push(await timed());
    }
    console.log(times.join(' '));
  }
  process.exit(0);
}

void main(...(JSON.parse(process.argv[2] ?? '') as Parameters<typeof main>));
