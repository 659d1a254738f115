import { existsSync, readdirSync } from 'node:fs';
import { extname, join, resolve } from 'node:path';
import { FirewallError } from '../util/errors';

export type AddonName = 'iptc' | 'nft';

/** The packages of one package manager that an addon needs: those to build it, and those to run it. */
interface Packages {
  readonly manager: string;
  readonly build: string;
  readonly run: string;
}

const PACKAGES: Readonly<Record<AddonName, readonly Packages[]>> = {
  iptc: [
    { manager: 'apt-get install', build: 'libip4tc-dev libip6tc-dev libiptc-dev', run: 'libip4tc2 libip6tc2' },
    { manager: 'dnf install', build: 'iptables-legacy-devel', run: 'iptables-legacy-libs' },
    { manager: 'apk add', build: 'iptables-dev', run: 'libip4tc libip6tc' },
    { manager: 'pacman -S', build: 'iptables', run: 'iptables' },
  ],
  nft: [
    { manager: 'apt-get install', build: 'libmnl-dev', run: 'libmnl0' },
    { manager: 'dnf install', build: 'libmnl-devel', run: 'libmnl' },
    { manager: 'apk add', build: 'libmnl-dev', run: 'libmnl' },
    { manager: 'pacman -S', build: 'libmnl', run: 'libmnl' },
  ],
};

interface Attempt {
  readonly path: string;
  readonly error: Error & { readonly code?: string };
}

/**
 * Loads an addon from the places where node-gyp-build looks: a local build, or else a prebuild for this platform.
 *
 * @throws FirewallError ERR_BACKEND_UNAVAILABLE
 */
export function loadAddon<Addon>(name: AddonName): Addon {
  const attempts: Attempt[] = [];
  for (const path of candidates(name)) {
    try {
      return require(path) as Addon;
    } catch (error) {
      attempts.push({ path, error: error as Attempt['error'] });
    }
  }
  throw unavailable(name, attempts);
}

/**
 * Returns the directory of the package. If the sources run uncompiled, as in tests, PORTSHIFT_PREBUILD may name another
 * directory, such as that of a build with a sanitizer. An installed package never loads code from a place that the
 * environment names.
 */
function directory(): string {
  const own = join(__dirname, '..', '..');
  const named = extname(__filename) === '.ts' ? process.env['PORTSHIFT_PREBUILD'] : undefined;
  return named ? resolve(named) : own;
}

function candidates(name: AddonName): string[] {
  const root = directory();
  return [
    join(root, 'build', 'Release', `${name}.node`),
    join(root, 'build', 'Debug', `${name}.node`),
    ...prebuilds(name, join(root, 'prebuilds', `${process.platform}-${process.arch}`)),
  ];
}

/**
 * Returns the paths of an addon's prebuilds, which have prebuildify's names: `iptc.node`, `iptc.glibc.node`,
 * `iptc.armv8.musl.node`.
 */
function prebuilds(name: AddonName, directory: string): string[] {
  const files = listed(directory).filter((file) => {
    const [first, ...tags] = file.split('.');
    return first === name && tags.pop() === 'node' && tags.every(isForThisHost);
  });
  return files.length > 0 ? files.map((file) => join(directory, file)) : [join(directory, `${name}.node`)];
}

function isForThisHost(tag: string): boolean {
  if (tag === 'glibc' || tag === 'musl') return tag === (existsSync('/etc/alpine-release') ? 'musl' : 'glibc');
  if (tag.startsWith('armv')) return tag === (process.arch === 'arm64' ? 'armv8' : 'armv7');
  return tag === 'node' || tag === 'napi';
}

function listed(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

function unavailable(name: AddonName, attempts: readonly Attempt[]): FirewallError {
  const broken = attempts.filter(({ error }) => error.code !== 'MODULE_NOT_FOUND');
  const remedy =
    broken.length > 0
      ? `a library it needs may be missing: ${packages(name, 'run')}`
      : `build it: ${packages(name, 'build')}, then npm rebuild portshift`;
  const tried = attempts.map(({ path, error }) => `${path} (${reason(error)})`).join(', ');
  return new FirewallError('ERR_BACKEND_UNAVAILABLE', `${name}.node cannot be loaded; ${remedy}. Tried: ${tried}`, {
    cause: broken[0]?.error ?? attempts[0]?.error,
  });
}

function reason(error: Attempt['error']): string {
  return error.code === 'MODULE_NOT_FOUND' ? 'not there' : error.message;
}

function packages(name: AddonName, purpose: 'build' | 'run'): string {
  return PACKAGES[name].map((each) => `${each.manager} ${each[purpose]}`).join(', or ');
}
