import { readFileSync } from 'node:fs';
import { openFirewall } from '../../../lib';

/** What a library must leave alone: who listens to the process, and which signals it catches. */
function state() {
  const status = readFileSync('/proc/self/status', 'utf8');
  return {
    listeners: process.eventNames().map((name) => [String(name), process.listenerCount(name)]),
    signals: /^(Sig(?:Blk|Ign|Cgt)):.*$/gm[Symbol.match](status),
  };
}

/** Opens, changes, fails, closes; then prints the state before, during and after, and nothing else. */
async function main(): Promise<void> {
  const states = [state()];
  for (const backend of ['iptc', 'nft', 'memory'] as const) {
    await using firewall = await openFirewall({ backend });
    const web = await firewall.publish({ name: 'web', port: 8445, targetPort: 8443 });
    await web.move(8446);
    await firewall.publish({ name: 'web', port: 1, targetPort: 2 }).catch(() => {});
    states.push(state());
    await web.withdraw();
  }
  states.push(state());
  process.stdout.write(JSON.stringify(states));
}

void main();
