import { type DataPath, measureDataPath } from './data-path';
import type { Extent } from './extent';
import { describeMachine } from './machine';
import type { Upkeep } from './pressure';
import type { Load, Results } from './results';
import { measureStartup } from './startup';
import { measureSwaps, type SwapResult } from './swaps';
import { ALL_WAYS } from './ways';
import { caller, pressure, upkeep } from './worlds';

const BACKENDS = ['nft', 'iptc'] as const;

/** Measures everything, one after the other; `say` is told what is next. */
export async function measure(extent: Extent, programs: string, say: (what: string) => void): Promise<Results> {
  const started = performance.now();
  const swaps: SwapResult[] = [];
  for (const surroundings of extent.swaps) {
    say(`moves beside ${surroundings.foreign} foreign rules, ${surroundings.published} published`);
    swaps.push(await measureSwaps(surroundings, { ways: ALL_WAYS, programs, budget: extent.swapBudget }));
  }
  const loads: Load[] = [];
  const upkeeps: Upkeep[] = [];
  const dataPath: DataPath[] = [];
  for (const backend of BACKENDS) {
    say(`${backend}: many calls at once, many published ports`);
    const taken = await pressure({ backend, programs, ...extent.pressure });
    loads.push({ ...taken, caller: await caller(extent.pressure) });
    say(`${backend}: memory and processor time`);
    upkeeps.push(await upkeep({ backend, ...extent.upkeep }));
    say(`${backend}: connections, streams and datagrams`);
    dataPath.push(...(await measureDataPath({ backend, programs, ...extent.dataPath })));
  }
  say('processes');
  const startup = await measureStartup(extent.startups);
  const seconds = Math.round((performance.now() - started) / 1000);
  return { machine: describeMachine(), seconds, swaps, pressure: loads, upkeep: upkeeps, dataPath, startup };
}
