import type { Backend, Installed, Listening } from '../../lib/backends/backend';
import type { Change } from '../../lib/model/change';

/** What the backends of these tests have in common: all but what is read and what becomes of a commit. */
export abstract class StubBackend implements Backend {
  readonly name = 'memory';
  readonly mark = undefined;
  readonly connections = { watch: () => async () => 0, cut: async () => ({ ended: 0, waiting: 0 }) };
  readonly families = ['ipv4', 'ipv6'] as const;
  abstract readonly editsPerCommit: number;

  abstract read(): Promise<Installed>;

  abstract commit(change: Change, signal?: AbortSignal, later?: boolean): Promise<'committed' | 'stale'>;

  prepare(): void {}

  async listen(): Promise<Listening> {
    return { close: async () => {} };
  }

  async close(): Promise<void> {}
}
