/** A server that chooses its public port while it runs: `npx tsx examples/embed.ts`, as root or under `unshare -rn`. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import { openFirewall } from 'portshift';

async function main(): Promise<void> {
  const server = createServer((_request, response) => response.end('hello\n'));
  server.listen(8443);
  await once(server, 'listening');

  await using firewall = await openFirewall();
  const web = await firewall.publish({ name: 'web', port: 8445, targetPort: 8443 });
  console.log(`public port ${web.port}: ${await ask(web.port)}`);
  await web.move(8446);
  console.log(`public port ${web.port}: ${await ask(web.port)}`);
  console.log(`connections so far: ${(await web.counters()).connections}`);
  await web.withdraw();
  server.close();
}

/** What a health check on this host sees. */
async function ask(port: number | string): Promise<string> {
  const response = await fetch(`http://127.0.0.1:${port}/`, { headers: { connection: 'close' } });
  return (await response.text()).trim();
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
