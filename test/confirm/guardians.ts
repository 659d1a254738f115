import { readdirSync, readFileSync } from 'node:fs';

/** Guardian processes that this process started, or that were started by those that it did: by their state directory. */
export function guardiansIn(directory: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^[0-9]+$/.test(name))
    .map(Number)
    .filter((pid) => read(pid, 'cmdline').startsWith('portshift guardian'))
    .filter((pid) => read(pid, 'environ').split('\0').includes(`PORTSHIFT_STATE_DIR=${directory}`));
}

/** The fields of proc_pid_stat(5) by which one tells where a process belongs. */
export function sessionOf(pid: number): { session: number; terminal: number } {
  const fields = read(pid, 'stat')
    .replace(/^.*\) /, '')
    .split(' ');
  return { session: Number(fields[3]), terminal: Number(fields[4]) };
}

function read(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return '';
  }
}
