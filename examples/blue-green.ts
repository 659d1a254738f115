/** A new version takes over from the old one, and hands back again: `npx tsx examples/blue-green.ts`. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { openFirewall } from 'portshift';

async function start(version: string, port: number): Promise<Server> {
  const server = createServer((_request, response) => response.end(version));
  server.listen(port);
  await once(server, 'listening');
  return server;
}

async function version(): Promise<string> {
  return (await fetch('http://127.0.0.1:8080/', { headers: { connection: 'close' } })).text();
}

async function main(): Promise<void> {
  const servers = [await start('blue', 9001), await start('green', 9002)];

  await using firewall = await openFirewall();
  const web = await firewall.publish({ name: 'web', port: 8080, targetPort: 9001 });
  console.log(`published: ${await version()}`);
  const applied = await web.retarget(9002);
  console.log(`retargeted: ${await version()}`);
  await applied.rollback();
  console.log(`rolled back: ${await version()}`);
  await firewall.clear();
  for (const server of servers) server.close();
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
