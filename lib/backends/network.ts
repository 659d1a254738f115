import type { Network } from '../model/network';

/** The operations of every addon's session that read its namespace. They run on the session's own thread. */
export interface NetworkSession {
  /**
   * Reads the network of the namespace. Rejects with a NativeError of kind `connections` if the kernel lists no
   * interfaces.
   */
  network(): Promise<Network>;
}
