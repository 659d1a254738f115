import { type Command, Option } from 'commander';
import type { FirewallOptions } from '../api/options';
import { checkOwner } from '../model/fields';
import { checkMark, type Mark } from '../model/mark';
import type { Family } from '../model/table-rule';
import { invalidArgument } from '../util/errors';
import { milliseconds } from './duration';

interface GlobalFlags {
  readonly backend: 'auto' | 'iptc' | 'nft' | 'memory';
  readonly owner: string;
  readonly netns?: string;
  readonly families?: string;
  readonly mark?: string;
  readonly lockTimeout?: string;
  readonly json?: boolean;
}

/** The options that every command takes, checked. */
export interface Globals {
  readonly backend: 'auto' | 'iptc' | 'nft' | 'memory';
  readonly owner: string;
  /** The path of a network namespace; undefined: the process's own. */
  readonly namespace: string | undefined;
  readonly json: boolean;
  /** The options of `openFirewall()` that these result in. */
  readonly firewall: FirewallOptions;
}

export function addGlobalOptions(root: Command): Command {
  return root
    .addOption(
      new Option('--backend <name>', 'what carries the rules')
        .choices(['auto', 'iptc', 'nft', 'memory'])
        .default('auto'),
    )
    .option('--owner <name>', 'whose rules; two owners never touch each other', 'portshift')
    .option(
      '--netns <name|path>',
      'network namespace, by its name in /run/netns or by path, such as /proc/PID/ns/net (default: this one)',
    )
    .option('--families <list>', 'ipv4, ipv6 or ipv4,ipv6: what new rules apply to (default: what the namespace has)')
    .option('--mark <value[/mask]>', 'mark denied packets for others to see, such as 0x1000/0x1000 (mask: the value)')
    .option('--lock-timeout <time>', 'how long to wait for the xtables lock, such as 500ms or 10s (default: 5s)')
    .option('--json', 'print JSON, errors as well');
}

/** @throws FirewallError ERR_INVALID_ARGUMENT */
export function globalsOf(command: Command): Globals {
  const flags = command.optsWithGlobals<GlobalFlags>();
  const { backend, json = false } = flags;
  const owner = checkOwner('owner', flags.owner);
  const namespace = flags.netns === undefined ? undefined : namespacePath(flags.netns);
  const lockTimeout = flags.lockTimeout === undefined ? undefined : milliseconds('lockTimeout', flags.lockTimeout, 0);
  const families = flags.families === undefined ? undefined : parseFamilies(flags.families);
  const mark = flags.mark === undefined ? undefined : parseMark(flags.mark);
  const firewall = {
    backend,
    owner,
    ...(namespace !== undefined && { namespace }),
    ...(lockTimeout !== undefined && { lockTimeout }),
    ...(families !== undefined && { families }),
    ...(mark !== undefined && { mark }),
  };
  return { backend, owner, namespace, json, firewall };
}

function namespacePath(netns: string): string {
  if (netns.startsWith('/')) return netns;
  if (!/^[A-Za-z0-9_][A-Za-z0-9._-]*$/.test(netns)) {
    throw invalidArgument('netns', netns, 'the name of a namespace in /run/netns, or an absolute path');
  }
  return `/run/netns/${netns}`;
}

function isFamily(word: string): word is Family {
  return word === 'ipv4' || word === 'ipv6';
}

function parseFamilies(text: string): readonly Family[] {
  const words = text.split(',');
  const families = words.filter(isFamily);
  if (families.length === words.length && new Set(families).size === families.length) return families;
  throw invalidArgument('families', text, 'ipv4, ipv6 or ipv4,ipv6');
}

/** Parses a mark. Numbers are decimal, or hexadecimal after 0x, as in iptables. */
function parseMark(text: string): Mark | undefined {
  const [, value, mask = value] =
    /^(0x[0-9a-f]{1,8}|[0-9]{1,10})(?:\/(0x[0-9a-f]{1,8}|[0-9]{1,10}))?$/i.exec(text) ?? [];
  if (value === undefined) throw invalidArgument('mark', text, 'VALUE or VALUE/MASK, such as 0x1000/0x1000');
  return checkMark('mark', { value: Number(value), mask: Number(mask) });
}
