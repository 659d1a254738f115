import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { openFirewall } from '../../../../lib';

/** Publishes a port with the lifetime given, lets go of the firewall, says so, and goes on for ever. */
async function main(lifetime: string | undefined): Promise<void> {
  const firewall = await openFirewall({ backend: 'nft', lifetime: lifetime === 'process' ? 'process' : 'host' });
  await firewall.publish({ name: 'held', port: 8445, targetPort: 8443 });
}

/** Whatever nobody holds any more is collected. */
async function collect(): Promise<void> {
  setFlagsFromString('--expose-gc');
  const gc = runInNewContext('gc') as () => void;
  for (let turn = 0; turn < 5; turn += 1) {
    gc();
    await new Promise((resolve) => setImmediate(resolve));
  }
  process.stdout.write('held\n');
  setInterval(() => undefined, 1_000);
}

main(process.argv[2])
  .then(collect)
  .catch((error: unknown) => {
    console.error(error);
    process.exitCode = 1;
  });
