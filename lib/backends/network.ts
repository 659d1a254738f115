import type { Network } from '../plan/network';

/** What the sessions of every addon can read of their namespace, on their own thread. */
export interface NetworkSession {
  /** Rejects with a NativeError of kind `connections` where the kernel lists no interfaces. */
  network(): Promise<Network>;
}
