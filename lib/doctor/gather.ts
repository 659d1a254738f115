import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { release } from 'node:os';
import { promisify } from 'node:util';
import { loadAddon } from '../backends/addon';
import type { IptcAddon } from '../backends/iptc-addon';
import { readPage } from '../backends/rule-page';
import { FirewallError } from '../errors';
import type { Firewall } from '../firewall';
import { openFirewall } from '../open-firewall';
import { sliced } from '../slices';
import type { TableName } from '../tables/table-rule';
import type { Facts, LegacyPolicy, LegacyRule, LegacyTablesInUse } from './facts';
import { parseListeners } from './listeners';
import { type NftRuleset, parseNftRuleset } from './nft-ruleset';

const run = promisify(execFile);

/** The longest listing of rules that is looked at, in bytes. */
const LISTING_LIMIT = 256 * 1024 * 1024;

const TABLES: readonly TableName[] = ['filter', 'mangle', 'nat'];
const PAGE = 32;

export interface GatherOptions {
  readonly owner: string;
  readonly backend: 'auto' | 'iptc' | 'nft' | 'memory';
  readonly namespace: string | undefined;
}

/** Looks at everything and changes nothing, save that opening the firewall repairs what a crash left in pieces. */
export async function gather({ owner, backend, namespace }: GatherOptions): Promise<Facts> {
  const where = namespace === undefined ? {} : { namespace };
  const [iptc, nft] = await Promise.all([
    tryToOpen({ owner, backend: 'iptc', ...where }),
    tryToOpen({ owner, backend: 'nft', ...where }),
  ]);
  const chosen = await tryToOpen({ owner, backend, ...where });
  const firewall = chosen instanceof FirewallError ? undefined : chosen;
  try {
    return {
      kernel: release(),
      backends: { iptc: asError(iptc), nft: asError(nft) },
      chosen: firewall && { backend: firewall.backend, reason: firewall.backendReason },
      owner,
      published: (await firewall?.status()) ?? [],
      legacy: iptc instanceof FirewallError ? undefined : await readLegacy(namespace),
      nft: await readNft(namespace),
      listeners: await readListeners(namespace),
    };
  } finally {
    for (const one of [iptc, nft, chosen]) if (!(one instanceof FirewallError)) await one.close();
  }
}

async function tryToOpen(options: Parameters<typeof openFirewall>[0]): Promise<Firewall | FirewallError> {
  try {
    return await openFirewall(options);
  } catch (error) {
    if (error instanceof FirewallError) return error;
    throw error;
  }
}

function asError(opened: Firewall | FirewallError): FirewallError | undefined {
  return opened instanceof FirewallError ? opened : undefined;
}

async function readLegacy(namespace: string | undefined): Promise<LegacyTablesInUse> {
  const session = await loadAddon<IptcAddon>('iptc').open(namespace === undefined ? {} : { namespace });
  try {
    const ids = session.families.flatMap((family) => TABLES.map((table) => ({ family, table })));
    const snapshot = await session.read(ids, { lockTimeout: 5_000 });
    const policies = snapshot.tables.flatMap(({ family, table, chains }) =>
      chains.flatMap(({ name, policy }): LegacyPolicy[] =>
        policy === undefined ? [] : [{ family, table, chain: name, policy }],
      ),
    );
    return { policies, rules: await sliced(pages()) };

    function* pages(): Generator<void, LegacyRule[]> {
      const rules: LegacyRule[] = [];
      for (let from = 0; from < snapshot.size; from += PAGE) {
        for (const { family, table, chain, rule } of readPage(snapshot.page(from, PAGE), snapshot.tables)) {
          rules.push({ family, table, chain, rule });
        }
        yield;
      }
      return rules;
    }
  } finally {
    await session.close();
  }
}

/** Runs a program in the namespace. */
async function runThere(namespace: string | undefined, program: string, args: readonly string[]): Promise<string> {
  const command =
    namespace === undefined ? [program, ...args] : ['nsenter', `--net=${namespace}`, '--', program, ...args];
  const [file = program, ...rest] = command;
  const { stdout } = await run(file, rest, {
    maxBuffer: LISTING_LIMIT,
    env: { ...process.env, PATH: `${process.env['PATH']}:/usr/sbin:/sbin` },
  });
  return stdout;
}

async function readNft(namespace: string | undefined): Promise<NftRuleset | { readonly unknown: string }> {
  try {
    return parseNftRuleset(await runThere(namespace, 'nft', ['-j', 'list', 'ruleset']));
  } catch (error) {
    const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    return {
      unknown: missing
        ? 'the program nft is not there (apt-get install nftables)'
        : `nft failed: ${String(error).split('\n')[0]}`,
    };
  }
}

async function readListeners(namespace: string | undefined): Promise<Facts['listeners']> {
  const files = ['tcp', 'tcp6', 'udp', 'udp6'] as const;
  const texts = await Promise.all(
    files.map(async (file) => {
      const path = `/proc/self/net/${file}`;
      const text = namespace === undefined ? readFile(path, 'utf8') : runThere(namespace, 'cat', [path]);
      return parseListeners(file, await text.catch(() => ''));
    }),
  );
  return texts.flat();
}
