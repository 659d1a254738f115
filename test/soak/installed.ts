import type { BackendName } from '../../lib';
import type { Namespace } from '../support/namespace';

const HOME = 'iptables-legacy nat -A portshift.pre';

interface NftSetListing {
  readonly name: string;
  readonly elem?: readonly unknown[];
}

/** A chain of the tree below a root: where in the tree a rule is depends on what was there when it came. */
const BELOW_ROOT = /(portshift\.[a-z]+)\.[tu][0-9]+x+/;

/** What the real tools list of ours, counters and trees of chains left out, in alphabetical order. */
export async function installedRules(namespace: Namespace, backend: BackendName): Promise<string[]> {
  if (backend === 'nft') {
    const { stdout } = await namespace.exec('nft', ['-s', 'list', 'table', 'inet', 'portshift']);
    const elements = stdout.replaceAll(/elements = \{|, (?=\d)/g, '\n');
    return elements
      .split('\n')
      .map((line) => line.replace(/\}$/, '').trim())
      .sort();
  }
  return (await legacyLines(namespace))
    .filter(({ line }) => !/^\S+ \S+ :|-j portshift\.[a-z]+\./.test(line) || !BELOW_ROOT.test(line))
    .map(({ line }) => line.replace(BELOW_ROOT, '$1'))
    .sort();
}

/**
 * Commands for a shell, each of which takes away one piece of what stands for the published port of that name; not the
 * one that tells that it is published.
 */
export async function foreignRemovals(
  namespace: Namespace,
  backend: BackendName,
  name: string,
  targetPort: number,
): Promise<string[]> {
  if (backend !== 'nft') {
    return (await legacyLines(namespace))
      .filter(({ line }) => line.includes(`name=${name}`) && !line.startsWith(HOME))
      .map(
        ({ command, table, line }) => `${command} -w -t ${table} ${line.slice(line.indexOf('-A')).replace('-A', '-D')}`,
      );
  }
  const { stdout } = await namespace.exec('nft', ['-j', 'list', 'table', 'inet', 'portshift']);
  const { nftables } = JSON.parse(stdout) as { nftables: readonly { set?: NftSetListing }[] };
  return nftables
    .flatMap(({ set }) => set ?? [])
    .filter((listing) => holds(listing, targetPort))
    .map((listing) => `nft delete element inet portshift ${listing.name} '{ ${targetPort} }'`);
}

/** An element is a port, or an object around it. */
function holds({ elem = [] }: NftSetListing, port: number): boolean {
  return elem.some((element) => keyOf(element) === port);
}

function keyOf(element: unknown): unknown {
  if (typeof element !== 'object' || element === null || !('elem' in element)) return element;
  return (element.elem as { val: unknown }).val;
}

async function legacyLines(namespace: Namespace): Promise<{ command: string; table: string; line: string }[]> {
  const lines: { command: string; table: string; line: string }[] = [];
  for (const command of ['iptables-legacy', 'ip6tables-legacy']) {
    let table = '';
    for (const line of (await namespace.exec(`${command}-save`)).stdout.split('\n')) {
      if (line.startsWith('*')) table = line.slice(1);
      if (line.includes('portshift')) {
        lines.push({ command, table, line: `${command} ${table} ${line.replace(/ \[\d+:\d+\]/, '')}` });
      }
    }
  }
  return lines;
}
