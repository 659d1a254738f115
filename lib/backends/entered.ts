/** A network namespace that is open in this process. */
export interface OpenNamespace {
  /**
   * Does something with a path that leads to it; it stays open until that has ended.
   * @throws FirewallError ERR_CLOSED
   */
  use<T>(work: (path: string) => Promise<T>): Promise<T>;
}

/** Opens what an addon opens in a namespace; undefined: the caller's own. */
export async function entering<T>(
  namespace: OpenNamespace | undefined,
  open: (where: { readonly namespace?: string }) => Promise<T>,
): Promise<T> {
  return namespace === undefined ? open({}) : namespace.use((path) => open({ namespace: path }));
}
