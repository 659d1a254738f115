import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { loadAddon } from '../../lib/backends/addon';
import { FirewallError } from '../../lib/util/errors';

describe('native: loading an addon', () => {
  const before_ = process.env['PORTSHIFT_PREBUILD'];
  const prebuilds = join('prebuilds', `${process.platform}-${process.arch}`);
  let directory: string;

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'portshift-addon-'));
    process.env['PORTSHIFT_PREBUILD'] = directory;
  });

  afterEach(() => {
    if (before_ === undefined) Reflect.deleteProperty(process.env, 'PORTSHIFT_PREBUILD');
    else process.env['PORTSHIFT_PREBUILD'] = before_;
    rmSync(directory, { recursive: true });
  });

  function failure(): FirewallError {
    try {
      loadAddon('iptc');
    } catch (error) {
      assert.ok(error instanceof FirewallError);
      assert.equal(error.code, 'ERR_BACKEND_UNAVAILABLE');
      return error;
    }
    throw new Error('it was loaded');
  }

  function put(path: string): string {
    const file = join(directory, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, 'no addon');
    return file;
  }

  it('where there is none, names every place and the packages it is built from', () => {
    const { message } = failure();
    for (const path of ['build/Release/iptc.node', 'build/Debug/iptc.node', `${prebuilds}/iptc.node`]) {
      assert.ok(message.includes(`${join(directory, path)} (not there)`), message);
    }
    for (const name of ['libip4tc-dev', 'iptables-legacy-devel', 'iptables-dev', 'pacman']) {
      assert.ok(message.includes(name), message);
    }
    assert.match(message, /npm rebuild/);
  });

  it('where one cannot be loaded, says why and names the packages it is loaded with', () => {
    const file = put('build/Release/iptc.node');
    const { message, cause } = failure();
    assert.match(message, new RegExp(`${file} \\(.*(invalid ELF|too short)`));
    assert.match(message, /libip4tc2 libip6tc2/);
    assert.ok(cause instanceof Error);
  });

  it('tries the prebuilds for this platform only', () => {
    const mine = ['iptc.node', 'iptc.napi.node'].map((name) => put(join(prebuilds, name)));
    const others = ['iptc.musl.glibc.node', 'nft.node', 'iptc.armv5.node', 'iptc.txt'].map((name) =>
      put(join(prebuilds, name)),
    );
    const { message } = failure();
    for (const file of mine) assert.ok(message.includes(`${file} (`), message);
    for (const file of others) assert.ok(!message.includes(`${file} (`), message);
  });
});
