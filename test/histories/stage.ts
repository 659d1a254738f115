import { type Firewall, MemoryKernel, openFirewall } from '../../lib';
import { dumpMemory } from '../contract/memory-dump';
import { addForeignRules } from '../support/foreign-firewall';
import { FAMILIES, type Family } from '../support/hosts';
import { Namespace } from '../support/namespace';
import { Shell } from '../support/shell';
import { type Actor, LocalActor } from './actor';
import { type Reading, readLegacy, readNft } from './oracle';
import { ProcessActor } from './process-actor';

export const OWNERS = ['alpha', 'beta'] as const;

/** Whose firewall each actor opens. */
export const OWNER_OF = ['alpha', 'alpha', 'beta', 'beta'] as const;

/** A kernel, real or not, with the actors on it. */
export interface ModelStage {
  readonly actors: readonly Actor[];
  read(): Promise<Reading>;
  /** Nothing of ours is installed, and nobody remembers anything. */
  reset(): Promise<void>;
  remove(): Promise<void>;
}

export async function memoryStage(): Promise<ModelStage> {
  const kernel = new MemoryKernel();
  const open = (owner: string) => () => openFirewall({ backend: 'memory', owner, kernel });
  const actors = await Promise.all(OWNER_OF.map((owner) => LocalActor.create(open(owner))));
  return {
    actors,
    read: async () => {
      const lines = dumpMemory(kernel).split('\n');
      const split = lines.map((line) => [line.split(' ')[0] as Family, line.split(' ').slice(2).join(' ')] as const);
      return readLegacy(split, OWNERS);
    },
    reset: () => reset(actors, open),
    remove: async () => {
      for (const actor of actors) await actor.close();
    },
  };
}

/** Of each owner one actor in this process and one in another. */
export async function kernelStage(backend: 'iptc' | 'nft'): Promise<ModelStage> {
  const namespace = await Namespace.create();
  const shell = new Shell(namespace);
  await addForeignRules(shell, backend);
  const open = (owner: string) => () => openFirewall({ backend, owner, namespace: namespace.path });
  const create = (owner: string, index: number) =>
    index % 2 === 0 ? LocalActor.create(open(owner)) : ProcessActor.create(backend, owner, namespace.path);
  const actors = await Promise.all(OWNER_OF.map(create));
  return {
    actors,
    read: async () => {
      if (backend === 'nft') return readNft(await shell.run('nft -j list ruleset'), OWNERS);
      const saved: (readonly [Family, string])[] = [];
      for (const family of FAMILIES) {
        const text = await shell.run(`${family === 'ipv4' ? 'iptables' : 'ip6tables'}-legacy-save -c`);
        for (const line of text.split('\n')) if (!line.startsWith('#')) saved.push([family, line]);
      }
      return readLegacy(saved, OWNERS);
    },
    reset: () => reset(actors, open),
    remove: async () => {
      for (const actor of actors) await actor.close();
      await shell.close();
      await namespace.remove();
    },
  };
}

async function reset(actors: readonly Actor[], open: (owner: string) => () => Promise<Firewall>): Promise<void> {
  for (const owner of OWNERS) {
    await using firewall = await open(owner)();
    await firewall.clear();
  }
  for (const actor of actors) await actor.forget();
}
