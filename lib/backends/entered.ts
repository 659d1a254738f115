/** A network namespace that is open in this process. */
export interface OpenNamespace {
  /**
   * Runs `work` with a path that leads to the namespace, which stays open until the work has ended.
   * @throws FirewallError ERR_CLOSED
   */
  use<T>(work: (path: string) => Promise<T>): Promise<T>;
}

/** Calls `open` with the path of a namespace, or without one for the caller's own if `namespace` is undefined. */
export async function entering<T>(
  namespace: OpenNamespace | undefined,
  open: (where: { readonly namespace?: string }) => Promise<T>,
): Promise<T> {
  return namespace === undefined ? open({}) : namespace.use((path) => open({ namespace: path }));
}
