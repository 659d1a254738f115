import type { Namespace } from './namespace';

/** The kernel's entries that `conntrack -L` shows with these options, one a line, without what changes by itself. */
export async function trackedConnections(namespace: Namespace, options: readonly string[]): Promise<string[]> {
  const lists = await Promise.all(
    ['ipv4', 'ipv6'].map((family) => namespace.exec('conntrack', ['-L', '-f', family, ...options])),
  );
  return lists
    .flatMap(({ stdout }) =>
      lines(stdout).map((line) => (line.match(/^\w+|\b(src|dst|sport|dport)=\S+/g) ?? []).join(' ')),
    )
    .sort();
}

/** The TCP sockets that `ss` shows for this filter, listeners and TIME_WAIT left out, one a line. */
export async function tcpSockets(namespace: Namespace, filter: string): Promise<string[]> {
  const states = ['exclude', 'listening', 'exclude', 'time-wait'];
  const { stdout } = await namespace.exec('ss', [
    '--no-header',
    '--tcp',
    '--numeric',
    'state',
    'connected',
    ...states,
    filter,
  ]);
  return lines(stdout).map((line) => line.trim().split(/\s+/).slice(0, 5).join(' '));
}

/** Asks again and again until the answer is right or the time is up; then fails as the last `check` does. */
export async function eventually(time: number, check: () => Promise<void>): Promise<void> {
  const deadline = performance.now() + time;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (performance.now() > deadline) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

function lines(text: string): string[] {
  return text.split('\n').filter((line) => line !== '');
}
