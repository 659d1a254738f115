import assert from 'node:assert/strict';
import { join } from 'node:path';
import { exec } from '../support/command';
import { Shim } from './shim';

/** What no change depends on: a pause, a watch's waiting, and how many processors there are, for how a thread waits. */
const HARMLESS = new Set(['eventfd', 'nanosleep', 'poll', 'sched_getaffinity', 'sched_setaffinity']);

/** Functions of the C library that make calls of other names; those of syscall() are named by the shim. */
const OTHERWISE_NAMED = new Set(['closedir', 'opendir', 'readdir', 'syscall']);

const ADDONS = ['iptc', 'nft'].map((name) => join(__dirname, '..', '..', 'build', 'Release', `${name}.node`));

async function lines(command: string, args: readonly string[], input?: string): Promise<string[]> {
  return (await exec(command, args, input === undefined ? {} : { input })).stdout.split('\n');
}

/** The names of all calls into the kernel. */
async function kernelCalls(): Promise<Set<string>> {
  const source = '#include <sys/syscall.h>\n';
  const defined = await lines(process.env['CXX'] ?? 'g++', ['-E', '-dM', '-x', 'c++', '-'], source);
  return new Set(defined.flatMap((line) => /^#define SYS_(\w+)/.exec(line)?.[1] ?? []));
}

/** Of the addon and of the libraries that only it has: libip4tc, libip6tc, libmnl. */
async function filesOf(addon: string): Promise<string[]> {
  const libraries = (await lines('ldd', [addon])).flatMap(
    (line) => /=> (\S*\/lib(?:ip[46]tc|mnl)\.\S+)/.exec(line)?.[1] ?? [],
  );
  assert.ok(libraries.length > 0, addon);
  return [addon, ...libraries];
}

async function symbols(file: string, which: '--undefined-only' | '--defined-only'): Promise<string[]> {
  return (await lines('nm', ['-D', which, file])).flatMap((line) => /[UTW] ([^@\s]+)/.exec(line)?.[1] ?? []);
}

/** `open64`, `__read_chk` and `fcntl64` are open, read and fcntl. */
function plain(symbol: string): string {
  return symbol.replace(/^__/, '').replace(/_chk$|64$/, '');
}

describe('The library that lets calls fail', () => {
  let shim: Shim;

  before(async () => {
    shim = await Shim.build();
  });

  after(() => shim?.remove());

  it('stands before every call into the kernel that the addons and their libraries make', async () => {
    const [calls, replaced] = [await kernelCalls(), new Set(await symbols(shim.library, '--defined-only'))];
    const isCall = (symbol: string) => calls.has(plain(symbol)) || OTHERWISE_NAMED.has(plain(symbol));
    for (const addon of ADDONS) {
      for (const file of await filesOf(addon)) {
        const called = await symbols(file, '--undefined-only');
        assert.ok(called.includes('close'), file);
        const missed = called.filter((symbol) => isCall(symbol) && !HARMLESS.has(symbol) && !replaced.has(symbol));
        assert.deepEqual(missed, [], file);
      }
    }
  });
});
