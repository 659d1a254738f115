import { execFileSync } from 'node:child_process';
import { cpus, release, totalmem } from 'node:os';

export interface Machine {
  readonly date: string;
  readonly cpu: string;
  readonly cores: number;
  /** GB. */
  readonly memory: number;
  readonly versions: Readonly<Record<string, string>>;
}

function version(command: string, ...args: string[]): string {
  try {
    return /\d+\.\d+(\.\d+)*/.exec(execFileSync(command, args, { encoding: 'utf8' }))?.[0] ?? 'unknown';
  } catch {
    return 'none';
  }
}

export function describeMachine(): Machine {
  const all = cpus();
  return {
    date: new Date().toISOString().slice(0, 10),
    cpu: all[0]?.model.trim() ?? 'unknown',
    cores: all.length,
    memory: Math.round(totalmem() / 2 ** 30),
    versions: {
      Linux: release().replace(/-.*/, ''),
      'Node.js': process.versions.node,
      iptables: version('iptables-legacy', '--version'),
      nftables: version('nft', '--version'),
      libmnl: version('pkg-config', '--modversion', 'libmnl'),
      libiptc: version('pkg-config', '--modversion', 'libiptc'),
    },
  };
}
