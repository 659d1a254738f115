import { openFirewall } from '../../lib';
import { Namespace } from '../support/namespace';
import type { ContractKernel } from './fixture';
import { contractSuite } from './suite';

contractSuite({
  name: 'nft',
  async create(): Promise<ContractKernel> {
    const namespace = await Namespace.create();
    return {
      open: (options) => openFirewall({ ...options, backend: 'nft', namespace: namespace.path }),
      dump: async () => (await namespace.exec('nft', ['--stateless', 'list', 'ruleset'])).stdout,
      remove: () => namespace.remove(),
    };
  },
});
