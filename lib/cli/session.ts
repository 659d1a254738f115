import type { Command } from 'commander';
import type { Firewall } from '../api/firewall';
import { openFirewall } from '../api/open-firewall';
import { notFound, type PublishedPort } from '../api/published-port';
import type { Applied } from '../engine/applied';
import { NetworkNamespace } from '../state/namespace';
import { invalidArgument } from '../util/errors';
import { globalsOf } from './globals';
import { History } from './history';
import { remark } from './output';

/** The environment that every command runs in. */
export interface Session {
  readonly firewall: Firewall;
  readonly json: boolean;
  /** Records the change, so that `portshift rollback` can undo it later. */
  record(applied: Applied | undefined): Promise<void>;
  readonly history: History;
}

/** Opens the network namespace that the global options name, once for everything that a command does there. */
export async function withNamespace(
  path: string | undefined,
  work: (namespace: NetworkNamespace | undefined) => Promise<void>,
): Promise<void> {
  const namespace = path === undefined ? undefined : NetworkNamespace.open(path);
  try {
    await work(namespace);
  } finally {
    namespace?.close();
  }
}

/** Opens the firewall that the global options describe, and closes it afterwards. */
export async function withSession(command: Command, work: (session: Session) => Promise<void>): Promise<void> {
  const { owner, namespace: path, json, firewall: options } = globalsOf(command);
  await withNamespace(path, async (namespace) => {
    const firewall = await openFirewall({ ...options, ...(namespace !== undefined && { namespace: namespace.path }) });
    const history = new History({ namespace, owner });
    try {
      for (const damage of firewall.repaired) remark(`repaired: ${damage}`);
      await work({
        firewall,
        json,
        history,
        record: async (applied) => {
          const unrecorded = await history.record(firewall, applied);
          if (unrecorded !== undefined) remark(cannotBeUndone(unrecorded));
          const error = applied?.ended.error;
          if (error !== undefined) remark(`the change is made, but not for every connection: ${error.message}`);
        },
      });
      for (const watch of firewall.unheard) remark(watch);
    } finally {
      history.close();
      await firewall.close();
    }
  });
}

function cannotBeUndone(why: string): string {
  return `the change is made and stands, but it is not recorded, so \`portshift rollback\` cannot undo it: ${why}`;
}

/** Returns the published port of that name, or the one on that public port. @throws FirewallError ERR_NOT_FOUND */
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
