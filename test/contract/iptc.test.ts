import { openFirewall } from '../../lib';
import { Namespace } from '../support/namespace';
import type { ContractKernel } from './fixture';
import { contractSuite } from './suite';

contractSuite({
  name: 'iptc',
  async create(): Promise<ContractKernel> {
    const namespace = await Namespace.create();
    // An empty table and one that nobody has used yet are the same to everybody but iptables-save.
    for (const command of ['iptables-legacy', 'ip6tables-legacy']) {
      for (const table of ['filter', 'mangle', 'nat', 'security'])
        await namespace.exec(command, ['-w', '-t', table, '-S']);
    }
    return {
      open: (options) => openFirewall({ ...options, backend: 'iptc', namespace: namespace.path }),
      dump: async () => {
        const saved = await Promise.all(
          ['iptables-legacy-save', 'ip6tables-legacy-save'].map((command) => namespace.exec(command)),
        );
        return saved.map(({ stdout }) => stdout.replaceAll(/^#.*\n| \[\d+:\d+\]$/gm, '')).join('');
      },
      remove: () => namespace.remove(),
    };
  },
});
