import { openFirewall } from '../../../../lib';

/** Publishes a port with the lifetime given, says so, and goes on for ever. */
async function main(lifetime: string | undefined): Promise<void> {
  const firewall = await openFirewall({ backend: 'nft', lifetime: lifetime === 'process' ? 'process' : 'host' });
  await firewall.publish({ name: 'held', port: 8445, targetPort: 8443 });
  process.stdout.write('held\n');
  setInterval(() => undefined, 1_000);
}

main(process.argv[2]).catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
