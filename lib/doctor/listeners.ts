import { SocketAddress } from 'node:net';
import type { Listener } from './facts';

const TCP_LISTEN = '0A';

/**
 * The sockets that listen, from a table of /proc/net (proc_pid_net(5)): addresses are there in words of the host's byte
 * order, ports in hexadecimal. A UDP socket listens when it has no peer.
 */
export function parseListeners(file: 'tcp' | 'tcp6' | 'udp' | 'udp6', text: string): Listener[] {
  const protocol = file.startsWith('tcp') ? 'tcp' : 'udp';
  return text
    .split('\n')
    .slice(1)
    .flatMap((line): Listener[] => {
      const [, local = '', remote = '', state] = line.trim().split(/\s+/);
      const [address = '', port = ''] = local.split(':');
      const listens = protocol === 'tcp' ? state === TCP_LISTEN : /^0+:0+$/.test(remote);
      return address !== '' && listens ? [{ protocol, address: decode(address), port: Number.parseInt(port, 16) }] : [];
    });
}

function decode(hex: string): string {
  const bytes = Buffer.from(hex, 'hex');
  for (let word = 0; word < bytes.length; word += 4) bytes.subarray(word, word + 4).reverse();
  if (bytes.length === 4) return bytes.join('.');
  const groups = Array.from({ length: 8 }, (_, index) => bytes.readUInt16BE(index * 2).toString(16));
  const { address } = new SocketAddress({ family: 'ipv6', address: groups.join(':') });
  return address.startsWith('::ffff:') ? address.slice('::ffff:'.length) : address;
}
