import { MemoryKernel, openFirewall } from '../../lib';
import type { ContractKernel } from './fixture';
import { dumpMemory } from './memory-dump';
import { contractSuite } from './suite';

contractSuite({
  name: 'memory',
  async create(): Promise<ContractKernel> {
    const kernel = new MemoryKernel();
    return {
      open: (options) => openFirewall({ ...options, backend: 'memory', kernel }),
      dump: async () => dumpMemory(kernel),
      remove: async () => {},
    };
  },
});
