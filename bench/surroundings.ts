import { execFileSync } from 'node:child_process';
import { PORTS, type Surroundings, type Way } from './ways';

function feed(command: string, args: readonly string[], input: string): void {
  execFileSync(command, args, { input, maxBuffer: 2 ** 30, stdio: ['pipe', 'pipe', 'pipe'] });
}

function* numbered<T>(count: number, make: (index: number) => T): Generator<T> {
  for (let index = 0; index < count; index += 1) yield make(index);
}

const address = (index: number) => `10.${index >> 16}.${(index >> 8) & 255}.${index & 255}`;

/** In a chain of their own that PREROUTING jumps to, as Docker's or kube-proxy's are. */
function foreignNat(command: string, count: number): void {
  const rules = numbered(
    count,
    (index) => `-A foreign -d ${address(index)} -p tcp --dport 80 -j DNAT --to 10.255.0.1\n`,
  );
  feed(command, ['--noflush'], `*nat\n:foreign - [0:0]\n-A PREROUTING -j foreign\n${[...rules].join('')}COMMIT\n`);
}

function foreignNft(count: number): void {
  const rules = numbered(count, (index) => `ip daddr ${address(index)} tcp dport 80 accept\n`);
  const chain = `chain input { type filter hook input priority 0\n${[...rules].join('')}}`;
  feed('nft', ['-f', '-'], `table inet foreign { chain other { }\n${chain}\n}\n`);
}

/** What others than portshift would have for so many published ports. */
function ownNat(command: string, count: number): void {
  const rules = numbered(count, (index) => {
    const rest = `-p tcp --dport ${10_000 + index} -j REDIRECT --to-ports ${PORTS.target}`;
    return `-A PREROUTING ${rest}\n-A OUTPUT -o lo ${rest}\n`;
  });
  feed(command, ['--noflush'], `*nat\n${[...rules].join('')}COMMIT\n`);
}

function ownMaps(count: number): void {
  const elements = [...numbered(count, (index) => `${10_000 + index} : ${PORTS.target}`)].join(', ');
  const filled = elements === '' ? '' : `elements = { ${elements} }`;
  const map = (name: string) => `map ${name} { type inet_service : inet_service\n${filled}\n}\n`;
  const chain = (hook: string, name: string) =>
    `chain ${hook} { type nat hook ${hook} priority -100\nmeta l4proto tcp redirect to :tcp dport map @${name}\n}\n`;
  feed(
    'nft',
    ['-f', '-'],
    `table inet bench {\n${map('pre')}${map('out')}${chain('prerouting', 'pre')}${chain('output', 'out')}}\n`,
  );
}

/** Everything that is there before the port is moved for the first time, but what portshift itself publishes. */
export function surround(way: Way, { foreign, published }: Surroundings): void {
  const others = published - 1;
  switch (way) {
    case '4 x iptables-legacy':
    case 'iptables-restore':
    case 'libiptc in C':
      foreignNat('iptables-legacy-restore', foreign);
      ownNat('iptables-legacy-restore', others);
      return;
    case '4 x iptables-nft':
      foreignNat('iptables-nft-restore', foreign);
      ownNat('iptables-nft-restore', others);
      return;
    case 'portshift iptc':
      foreignNat('iptables-legacy-restore', foreign);
      return;
    case 'nft -f':
    case 'libmnl in C':
      foreignNft(foreign);
      ownMaps(others);
      return;
    case 'portshift nft':
      foreignNft(foreign);
      return;
    case 'no-op':
      return;
  }
}
