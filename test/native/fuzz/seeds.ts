import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { type Firewall, openFirewall, type PublishOptions } from '../../../lib';

/** With record.cc preloaded: has the kernel say as many different things as portshift ever reads from it. */

const PORTS: readonly PublishOptions[] = [
  { name: 'web', port: 8445, targetPort: 8443 },
  { name: 'one-address', port: 8446, targetPort: 8444, destination: '127.0.0.1', deny: 'reject' },
  { name: 'one-address-of-IPv6', port: 8446, targetPort: 8444, destination: '::1', established: 'drop' },
  { name: 'a-range', port: '9000-9010', targetPort: 9443, interface: 'eth0', direct: 'local' },
  { name: 'datagrams', protocol: 'udp', port: 8445, targetPort: 8443, deny: 'reject' },
  { name: 'elsewhere', port: 7000, targetPort: 7443, targetAddress: '192.0.2.7', direct: 'open' },
];

async function connection(port: number, host: string): Promise<Socket> {
  const socket = connect(port, host);
  await once(socket, 'connect');
  return socket;
}

async function hear(firewall: Firewall): Promise<void> {
  await firewall.publishAll(PORTS);
  const server = createServer((socket) => socket.resume()).listen(8443, '::');
  await once(server, 'listening');
  const clients = [await connection(8445, '127.0.0.1'), await connection(8445, '::1')];
  const web = (await firewall.published()).find(({ name }) => name === 'web');
  await web?.move(8447);
  const gone = web?.drained({ interval: 10 });
  for (const client of clients) client.destroy();
  server.close();
  await gone;
  await web?.retarget(8448);
  await firewall.rules();
}

async function main(): Promise<void> {
  for (const backend of ['iptc', 'nft'] as const) {
    await using firewall = await openFirewall({ backend });
    await hear(firewall);
    const other = await openFirewall({ backend, owner: 'other' });
    await other.publish({ port: 10_000, targetPort: 10_001 });
    await firewall.rules();
    await other.clear();
    await other.close();
    await firewall.clear();
  }
}

void main();
