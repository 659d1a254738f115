import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Namespace } from '../support/namespace';

/** So many that it takes a while to read and to write them, in which another program could be overwritten. */
const MANY = Array.from({ length: 200 }, (_, index) => `-A theirs -p udp -m udp --dport ${index + 1} -j RETURN\n`).join(
  '',
);

/** Rules that stand there all the while, with counters of their own. */
const LEGACY = (address: string) => `*filter
:INPUT ACCEPT [0:0]
:FORWARD DROP [0:0]
:OUTPUT ACCEPT [0:0]
:theirs - [0:0]
[7:700] -A INPUT -s ${address} -j theirs
[8:800] -A theirs -p tcp -m multiport --dports 22,80 -j RETURN
[9:900] -A theirs -m limit --limit 5/min -j LOG
${MANY}COMMIT
*nat
:PREROUTING ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
:theirs - [0:0]
[3:300] -A PREROUTING -p tcp -m tcp --dport 81 -j REDIRECT --to-ports 8081
[4:400] -A OUTPUT -d ${address} -p tcp -m tcp --dport 82 -j REDIRECT --to-ports 8082
${MANY}COMMIT
*mangle
:PREROUTING ACCEPT [0:0]
:theirs - [0:0]
[5:500] -A PREROUTING -s ${address} -j MARK --set-xmark 0x8/0x8
${MANY}COMMIT
`;
const NFT = `table inet foreign {
  set loop { type mark; }
  chain theirs { type filter hook input priority 5; tcp dport { 22, 80 } counter packets 6 bytes 600 accept; }
}
`;
const KEPT = [2, 1, 0];

/** Everybody else's rules in a namespace, some of which a shell loop adds and deletes all the while. */
export class ForeignRules {
  readonly #directory = mkdtempSync(join(tmpdir(), 'portshift-foreign-'));
  readonly #namespace: Namespace;
  #before: string[] = [];
  #ended: Promise<number> | undefined;

  private constructor(namespace: Namespace) {
    this.#namespace = namespace;
  }

  static async begin(namespace: Namespace): Promise<ForeignRules> {
    const foreign = new ForeignRules(namespace);
    await namespace.exec('iptables-legacy-restore', ['-c', '-n'], { input: LEGACY('192.0.2.1') });
    await namespace.exec('ip6tables-legacy-restore', ['-c', '-n'], { input: LEGACY('2001:db8::1') });
    await namespace.exec('nft', ['-f', '-'], { input: NFT });
    foreign.#before = await foreign.#list();
    foreign.#ended = foreign.#loop();
    // It is reported when it is waited for.
    foreign.#ended.catch(() => {});
    return foreign;
  }

  /** Ends the loop. Gives what differs from what must be there, and how often the loop went round. */
  async end(): Promise<{ differences: string[]; rounds: number }> {
    writeFileSync(this.#stop, '');
    const rounds = (await this.#ended) ?? 0;
    const wanted = [...this.#before, ...KEPT.flatMap((age) => loopLines(rounds - age))];
    const found = await this.#list();
    const missing = wanted.filter((line) => !found.includes(line)).map((line) => `missing: ${line}`);
    const extra = found.filter((line) => !wanted.includes(line)).map((line) => `too many: ${line}`);
    return { differences: [...missing, ...extra], rounds };
  }

  async #loop(): Promise<number> {
    const script = join(__dirname, 'foreign-loop.sh');
    const { stdout } = await this.#namespace.exec('sh', [script, this.#stop], { timeout: 600_000 });
    return Number(stdout);
  }

  get #stop(): string {
    return join(this.#directory, 'stop');
  }

  /** Without our rules, and without the counters of policies, which every commit of iptables itself zeroes. */
  async #list(): Promise<string[]> {
    const lines: string[] = [];
    for (const family of ['iptables', 'ip6tables']) {
      const { stdout } = await this.#namespace.exec(`${family}-legacy-save`, ['-c']);
      let table = '';
      for (const line of stdout.split('\n')) {
        if (line.startsWith('*')) table = line;
        else if (/^[:[]/.test(line)) lines.push(`${family} ${table} ${line.replace(/^(:.*) \[.*/, '$1')}`);
      }
    }
    const { stdout } = await this.#namespace.exec('nft', ['list', 'table', 'inet', 'foreign']);
    lines.push(...stdout.split('\n').flatMap((line) => elementsOf(line)));
    return lines.filter((line) => !line.includes('portshift'));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    writeFileSync(this.#stop, '');
    await this.#ended?.catch(() => {});
    rmSync(this.#directory, { recursive: true });
  }
}

function elementsOf(line: string): string[] {
  const elements = /elements = \{(.*)\}/.exec(line)?.[1];
  if (elements === undefined) return /^\s*chain loop-/.test(line) || !/^\t\}?$/.test(line) ? [line.trim()] : [];
  return elements.split(',').map((element) => `element ${Number(element)}`);
}

function loopLines(number: number): string[] {
  const port = 30_000 + (number % 20_000);
  return [
    ...['iptables', 'ip6tables'].flatMap((family) => [
      `${family} *filter [0:0] -A INPUT -p tcp -m tcp --dport ${port} -m comment --comment "loop ${number}" -j ACCEPT`,
      `${family} *nat [0:0] -A PREROUTING -p udp -m udp --dport ${port} -m comment --comment "loop ${number}" -j ACCEPT`,
      `${family} *mangle :loop-${number} -`,
    ]),
    `element ${number}`,
    `chain loop-${number} {`,
  ];
}
