import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { release } from 'node:os';
import { promisify } from 'node:util';
import { loadAddon } from '../backends/addon';
import type { IptcAddon } from '../backends/iptc-addon';
import { sessionError } from '../backends/native-error';
import { readPage } from '../backends/rule-page';
import { FirewallError } from '../errors';
import type { Firewall } from '../firewall';
import { openFirewall } from '../open-firewall';
import { checkOptions, type FirewallOptions } from '../options';
import { sliced } from '../slices';
import type { TableName } from '../tables/table-rule';
import type { Facts, LegacyPolicy, LegacyRule, LegacyTablesInUse, Listener } from './facts';
import { parseListeners } from './listeners';
import { type NftRuleset, parseNftRuleset } from './nft-ruleset';

const run = promisify(execFile);

/** The longest listing of rules that is looked at, in bytes. */
const LISTING_LIMIT = 256 * 1024 * 1024;

const TABLES: readonly TableName[] = ['filter', 'mangle', 'nat'];
const LISTINGS = ['tcp', 'tcp6', 'udp', 'udp6'] as const;
const PAGE = 32;

export type GatherOptions = Pick<
  FirewallOptions,
  'backend' | 'owner' | 'families' | 'namespace' | 'mark' | 'lockTimeout'
>;

/**
 * Looks at everything and changes nothing, save that opening the firewall repairs what a crash left in pieces. What
 * cannot be looked at is left out, and is told in `unseen`.
 */
export async function gather(options: GatherOptions): Promise<Facts> {
  const { owner, namespace } = checkOptions(options);
  const [iptc, nft] = await Promise.all([
    tryToOpen({ ...options, backend: 'iptc' }),
    tryToOpen({ ...options, backend: 'nft' }),
  ]);
  const isLocked = iptc instanceof FirewallError && iptc.code === 'ERR_LOCK_TIMEOUT';
  // Whoever holds the lock all the while is not waited for twice.
  const chosen = await tryToOpen(isLocked ? { ...options, lockTimeout: 0 } : options);
  const firewall = chosen instanceof FirewallError ? undefined : chosen;
  const unseen: string[] = [];
  const look = async <T>(what: string, how: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await how();
    } catch (error) {
      unseen.push(`${what}: ${error instanceof Error ? error.message : String(error)}`);
      return undefined;
    }
  };
  // Without the lock, which is in the way of changes alone.
  const legacy = iptc instanceof FirewallError && !isLocked ? iptc : await orError(() => readLegacy(namespace));
  if (chosen instanceof FirewallError) unseen.push(`what is published: ${chosen.message}`);
  try {
    return {
      kernel: release(),
      backends: { iptc: asError(iptc) ?? asError(legacy), nft: asError(nft) },
      chosen: firewall && { backend: firewall.backend, reason: firewall.backendReason },
      owner,
      published: (firewall && (await look('what is published', () => firewall.status()))) ?? [],
      copies: (firewall && (await look('copies of the rules', () => firewall.copies()))) ?? [],
      legacy: legacy instanceof FirewallError ? undefined : legacy,
      nft: await readNft(namespace),
      listeners: await look('the sockets that listen', () => readListeners(namespace)),
      unseen,
    };
  } finally {
    for (const one of [iptc, nft, chosen]) if (!(one instanceof FirewallError)) await one.close();
  }
}

function tryToOpen(options: GatherOptions): Promise<Firewall | FirewallError> {
  return orError(() => openFirewall(options));
}

async function orError<T>(work: () => Promise<T>): Promise<T | FirewallError> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof FirewallError) return error;
    throw error;
  }
}

function asError(outcome: unknown): FirewallError | undefined {
  return outcome instanceof FirewallError ? outcome : undefined;
}

async function readLegacy(namespace: string | undefined): Promise<LegacyTablesInUse> {
  const addon = loadAddon<IptcAddon>('iptc');
  const session = await sessionError('looking at the tables', () =>
    addon.open(namespace === undefined ? {} : { namespace }),
  );
  try {
    const ids = session.families.flatMap((family) => TABLES.map((table) => ({ family, table })));
    const snapshot = await sessionError('looking at the tables', () => session.look(ids, {}));
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
    env: { ...process.env, PATH: programPath() },
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

async function readListeners(namespace: string | undefined): Promise<readonly Listener[]> {
  const texts = await Promise.all(
    LISTINGS.map(async (file) => {
      const path = `/proc/self/net/${file}`;
      const text = namespace === undefined ? readFile(path, 'utf8') : runThere(namespace, 'cat', [path]);
      // A namespace without IPv6 has none for it.
      return parseListeners(file, await (file.endsWith('6') ? text.catch(() => '') : text));
    }),
  );
  return texts.flat();
}

/** Where programs are looked for: a directory that is relative, or not said, may be anybody's. */
function programPath(): string {
  const named = (process.env['PATH'] ?? '').split(':').filter((directory) => directory.startsWith('/'));
  return [...named, '/usr/sbin', '/usr/bin', '/sbin', '/bin'].join(':');
}
