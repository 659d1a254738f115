import type { Command } from 'commander';
import { invalidArgument } from '../errors';
import type { Firewall } from '../firewall';
import { openFirewall } from '../open-firewall';
import { notFound, type PublishedPort } from '../published-port';
import type { Applied } from '../receipt';
import { checkOwner } from '../rules/fields';
import { milliseconds } from './duration';
import { History } from './history';
import { remark } from './output';

/** What every command starts from. */
export interface Session {
  readonly firewall: Firewall;
  readonly json: boolean;
  /** Remembers the change, so that `portshift rollback` can undo it later. */
  record(applied: Applied | undefined): Promise<void>;
  readonly history: History;
}

interface GlobalOptions {
  readonly backend: 'auto' | 'iptc' | 'nft' | 'memory';
  readonly owner: string;
  readonly netns?: string;
  readonly lockTimeout?: string;
  readonly json?: boolean;
}

function namespacePath(netns: string): string {
  if (netns.startsWith('/')) return netns;
  if (!/^[A-Za-z0-9_][A-Za-z0-9._-]*$/.test(netns)) {
    throw invalidArgument('netns', netns, 'the name of a namespace in /run/netns, or an absolute path');
  }
  return `/run/netns/${netns}`;
}

/** What the global options say, checked. */
export function globalsOf(command: Command) {
  const { backend, owner, netns, lockTimeout, json = false } = command.optsWithGlobals<GlobalOptions>();
  return {
    backend,
    owner: checkOwner('owner', owner),
    namespace: netns === undefined ? undefined : namespacePath(netns),
    lockTimeout: lockTimeout === undefined ? undefined : milliseconds('lockTimeout', lockTimeout, 0),
    json,
  };
}

/** Opens the firewall the global options describe, and closes it afterwards. */
export async function withSession(command: Command, work: (session: Session) => Promise<void>): Promise<void> {
  const { backend, owner, namespace, lockTimeout, json } = globalsOf(command);
  const firewall = await openFirewall({
    backend,
    owner,
    ...(namespace !== undefined && { namespace }),
    ...(lockTimeout !== undefined && { lockTimeout }),
  });
  try {
    for (const damage of firewall.repaired) remark(`repaired: ${damage}`);
    const history = new History({ namespace, owner });
    await work({
      firewall,
      json,
      history,
      record: async (applied) => {
        await history.record(firewall, applied);
        const error = applied?.ended.error;
        if (error !== undefined) remark(`the change is made, but some connections go on: ${error.message}`);
      },
    });
  } finally {
    await firewall.close();
  }
}

/** The published port of that name, or on that public port. @throws FirewallError ERR_NOT_FOUND */
export async function findPublished({ firewall }: Session, nameOrPort: string): Promise<PublishedPort> {
  const all = await firewall.published();
  const named = all.find(({ name }) => name === nameOrPort);
  if (named !== undefined) return named;
  const onPort = all.filter(({ port }) => String(port) === nameOrPort);
  const [only] = onPort;
  if (only === undefined) throw notFound(nameOrPort);
  if (onPort.length > 1) {
    throw invalidArgument(
      'name',
      nameOrPort,
      `one of the names ${onPort.map(({ name }) => name).join(', ')}: they share that port`,
    );
  }
  return only;
}
