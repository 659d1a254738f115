import type { Outcome } from '../support/agent/protocol';
import type { Host } from '../support/host';

/** What a local client gets: from the public port of `web` and `dns`, and from their target ports. */
export interface Probe {
  readonly web: Outcome['state'];
  readonly dns: Outcome['state'];
  readonly target: Outcome['state'];
  readonly targetOfDns: Outcome['state'];
}

const SILENCE_MS = 600;

export async function serve(host: Host): Promise<void> {
  await host.serve({ kind: 'tcp', id: 'web', port: 8443 });
  await host.serve({ kind: 'udp', id: 'dns', port: 9443 });
}

/** On 127.0.0.1 and on ::1. */
export async function probe(host: Host): Promise<Probe[]> {
  return Promise.all(
    ['127.0.0.1', '::1'].map(async (address) => {
      const ask = (protocol: 'tcp' | 'udp', port: number) => ({ protocol, port, address, timeout: SILENCE_MS });
      const [web, dns, target, targetOfDns] = await host.probe([
        ask('tcp', 8445),
        ask('udp', 9445),
        ask('tcp', 8443),
        ask('udp', 9443),
      ]);
      const state = (outcome: Outcome | undefined) => outcome?.state ?? 'failed';
      return { web: state(web), dns: state(dns), target: state(target), targetOfDns: state(targetOfDns) };
    }),
  );
}
