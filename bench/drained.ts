import { type BackendName, openFirewall } from '../lib';
import { Namespace } from '../test/support/namespace';

const ENTRIES = 100_000;
const LOOKS = 50;
const PORT = 8445;
const TARGET = 8443;

/** UDP flows for `conntrack --load-file`: every `each`-th one is translated from the port to the target, the others are anybody's. */
function* flows(count: number, each: number): Generator<string> {
  for (let index = 0; index < count; index += 1) {
    const source = `10.1.${index >> 14}.${1 + ((index >> 8) & 0x3f)}`;
    const ends = `-s ${source} -d 10.77.0.1 --sport ${1024 + (index & 0xff)}`;
    const concerned = index % each === 0;
    const asked = concerned ? PORT : 20_000 + (index % 10_000);
    yield `-I -p udp -t 3600 ${ends} --dport ${asked} --dst-nat 10.77.0.1:${concerned ? TARGET : 9_000}`;
  }
}

function quantile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(part * (sorted.length - 1))] ?? Number.NaN;
}

/** CPU time of the whole process, ms. */
function cpuTime(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** The first look of each of many waits, and the looks after the first of one wait. */
async function measure(backend: BackendName, namespace: Namespace): Promise<void> {
  await using firewall = await openFirewall({ backend, namespace: namespace.path });
  const web = await firewall.publish({ name: 'web', protocol: 'udp', port: PORT, targetPort: TARGET });
  await web.retarget(TARGET + 1);
  const first: number[] = [];
  const later: number[] = [];
  let left = 0;
  while (first.length < LOOKS) {
    const before = cpuTime();
    for await (left of web.draining()) break;
    first.push(cpuTime() - before);
  }
  let before = cpuTime();
  for await (left of web.draining({ interval: 10 })) {
    later.push(cpuTime() - before);
    if (later.length > LOOKS) break;
    before = cpuTime();
  }
  later.shift();
  const row = [left, quantile(first, 0.5), quantile(first, 0.9), quantile(later, 0.5), quantile(later, 0.9)];
  console.log([backend, ...row.map((value) => value.toFixed(1))].join('\t'));
  await web.withdraw();
}

async function main(): Promise<void> {
  await using namespace = await Namespace.create();
  await namespace.exec('ip', ['address', 'add', '10.77.0.1/32', 'dev', 'lo']);
  await namespace.exec('nft', [
    'add table inet bench; add chain inet bench track { type filter hook input priority 0; }; add rule inet bench track ct state invalid',
  ]);
  for (const each of [1_000, 20, 2]) {
    await namespace.exec('conntrack', ['-F']);
    const input = [...flows(ENTRIES, each)].join('\n');
    // conntrack opens its standard input by name, which takes a pipe, not a socket.
    await namespace.exec('sh', ['-c', 'cat | conntrack --load-file -'], { input: `${input}\n`, timeout: 120_000 });
    const { stdout } = await namespace.exec('conntrack', ['-C']);
    console.log(`${stdout.trim()} entries, one in ${each} of them concerned; ${LOOKS} looks`);
    console.log('CPU ms a look\tleft\tfirst p50\tfirst p90\tlater p50\tlater p90');
    for (const backend of ['iptc', 'nft'] as const) await measure(backend, namespace);
  }
}

void main();
