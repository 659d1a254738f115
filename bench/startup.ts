import { join } from 'node:path';
import { Namespace } from '../test/support/namespace';
import { type Summary, summaryOf } from './statistics';

/** Milliseconds. */
export interface Startup {
  /** `import 'portshift'` in a process that has started. */
  readonly load: Summary;
  /** Native addons that are loaded by then. */
  readonly addons: number;
  /** A process of Node.js that does nothing. */
  readonly nothing: Summary;
  /** `portshift list` as a process, of one published port, by backend. */
  readonly list: Readonly<Record<string, Summary>>;
}

const DIST = join(__dirname, '..', 'dist');

const LOAD = `import { readFileSync } from 'node:fs';
const started = performance.now();
await import(${JSON.stringify(join(DIST, 'index.js'))});
const taken = performance.now() - started;
const addons = new Set(readFileSync('/proc/self/maps', 'utf8').match(/\\S+[.]node$/gm)).size;
console.log(JSON.stringify({ taken, addons }));`;

/** What makes every process of Node.js load more as it starts, whatever it runs: 100 ms for a system's certificates. */
function withoutExtras(): NodeJS.ProcessEnv {
  const { NODE_EXTRA_CA_CERTS: _certificates, NODE_OPTIONS: _options, ...env } = process.env;
  return env;
}

/** In turns. */
export async function measureStartup(repeats: number): Promise<Startup> {
  await using namespace = await Namespace.create();
  const env = withoutExtras();
  const node = (...args: string[]) => namespace.exec(process.execPath, args, { timeout: 60_000, env });
  const timed = async (...args: string[]) => {
    const started = performance.now();
    await node(...args);
    return performance.now() - started;
  };
  const cli = join(DIST, 'bin', 'portshift.js');
  const load: number[] = [];
  const nothing: number[] = [];
  const list: Record<string, number[]> = { nft: [], iptc: [], auto: [] };
  let addons = 0;
  for (const backend of ['nft', 'iptc']) {
    await node(cli, 'publish', '8445:8443', '--backend', backend, '--owner', backend);
  }
  for (let round = 0; round < repeats; round += 1) {
    const loaded = JSON.parse((await node('--input-type=module', '-e', LOAD)).stdout) as {
      taken: number;
      addons: number;
    };
    load.push(loaded.taken);
    addons = Math.max(addons, loaded.addons);
    nothing.push(await timed('-e', '0'));
    for (const [backend, times] of Object.entries(list)) {
      const owner = backend === 'auto' ? 'nft' : backend;
      times.push(await timed(cli, 'list', '--backend', backend, '--owner', owner));
    }
  }
  const summaries = Object.entries(list).map(([backend, times]) => [backend, summaryOf(times)] as const);
  return { load: summaryOf(load), addons, nothing: summaryOf(nothing), list: Object.fromEntries(summaries) };
}
