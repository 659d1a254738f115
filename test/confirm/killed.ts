/** Makes a change that must be confirmed, says so, and waits to be killed. usage: killed.ts LIBRARY BACKEND MS */
const [library = '', backend, within] = process.argv.slice(2);

async function main(): Promise<void> {
  const { openFirewall } = require(library) as typeof import('../../lib');
  const firewall = await openFirewall({ backend: backend as 'iptc' | 'nft' });
  const [web] = await firewall.published();
  await firewall.publishAll(web === undefined ? [] : [{ ...web.options, port: 8446 }], {
    confirmWithin: Number(within),
  });
  process.stdout.write('changed\n');
  setInterval(() => {}, 60_000);
}

void main();
