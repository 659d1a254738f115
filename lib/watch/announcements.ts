import { readdir } from 'node:fs/promises';
import type { Server } from 'node:net';
import { basename, dirname } from 'node:path';
import type { Announcer } from '../bystanders';
import { FirewallError } from '../errors';
import type { Change } from '../plan/change';
import { entryKey } from '../rules/entry';
import { Channel, listen, removeSocket } from '../state/channel';
import { existingStatePath, type Place, statePath } from '../state/directory';
import type { RepairKeys } from './ground-truth';

/** What portshift processes tell those that watch the same owner's rules. */
export type Announcement = { readonly do: 'emptying' } | ({ readonly do: 'repairing' } & RepairKeys);

/** What a watch makes of them. */
export interface Hearer {
  /** Someone takes everything away from now on, until what it answers is called. */
  emptying(): () => Promise<void>;
  repairing(change: RepairKeys): void;
}

const SUFFIX = '.watch.';

let count = 0;

/** Hears announcements of this user's processes until it is closed; of none where there is no place for a socket. */
export async function hear(place: Place, hearer: Hearer): Promise<{ close(): Promise<void> }> {
  const prefix = await prefixToHear(place);
  if (prefix === undefined) return { close: async () => {} };
  count += 1;
  const own = `${prefix}${SUFFIX}${process.pid}-${count}`;
  const server: Server = await listen<Announcement>(own, () => {
    let done: (() => Promise<void>) | undefined;
    return {
      answer: async (announcement) => {
        if (announcement.do === 'emptying') done ??= hearer.emptying();
        else hearer.repairing(announcement);
        return true;
      },
      ended: async () => {
        await done?.();
      },
    };
  });
  server.unref();
  return {
    async close() {
      await new Promise((resolve) => server.close(resolve));
      await removeSocket(own);
    },
  };
}

/** Tells all who watch. */
export class Announcements implements Announcer {
  constructor(readonly place: Place) {}

  async emptying(): Promise<() => void> {
    const channels = await this.#tell({ do: 'emptying' });
    return () => {
      for (const channel of channels) channel.close();
    };
  }

  async repairing({ removed, added }: Change): Promise<void> {
    const keys = { removed: removed.map(entryKey), added: added.map(entryKey) };
    for (const channel of await this.#tell({ do: 'repairing', ...keys })) channel.close();
  }

  async #tell(announcement: Announcement): Promise<Channel[]> {
    const prefix = await existingStatePath(this.place);
    if (prefix === undefined) return [];
    const directory = dirname(prefix);
    const files = (await readdir(directory)).filter((file) => file.startsWith(`${basename(prefix)}${SUFFIX}`));
    const channels: Channel[] = [];
    for (const file of files) {
      const path = `${directory}/${file}`;
      const channel = await Channel.connect(path).catch(() => undefined);
      if (channel === 'stale') await removeSocket(path);
      else if (channel !== undefined && (await channel.ask(announcement)) === true) channels.push(channel);
    }
    return channels;
  }
}

async function prefixToHear(place: Place): Promise<string | undefined> {
  try {
    return await statePath(place);
  } catch (error) {
    if (error instanceof FirewallError && error.code === 'ERR_PERMISSION') return undefined;
    throw error;
  }
}
