import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openFirewall } from '../../lib';
import { Namespace } from '../support/namespace';
import { TEXTS } from './hostile';

const ROOT = join(__dirname, '..', '..');

function sources(folder: string, ending: RegExp): { readonly file: string; readonly text: string }[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => ending.test(file))
    .map((file) => ({ file: join(folder, file), text: readFileSync(join(ROOT, folder, file), 'utf8') }));
}

describe('What a caller passes', () => {
  it('can reach no shell: the sources know none, and start programs of fixed names only', () => {
    const starting = sources('lib', /\.ts$/).filter(({ text }) => text.includes('child_process'));
    assert.deepEqual(starting.map(({ file }) => file).sort(), ['lib/confirm/start.ts']);
    for (const { file, text } of starting) {
      assert.match(text, /import \{ (type ChildProcess, )?(execFile|spawn) \} from 'node:child_process';/, file);
      assert.doesNotMatch(text, /shell:|\bexec\(|execSync/, file);
    }
    for (const { file, text } of sources('lib', /\.ts$/)) {
      assert.doesNotMatch(text, /\beval\(|new Function\(|from 'node:repl'/, file);
      // The command line itself, from a file beside it.
      if (file !== 'lib/bin/bundle.ts') assert.doesNotMatch(text, /node:vm/, file);
    }
    for (const { file, text } of sources('native', /\.(cc|h)$/)) {
      assert.doesNotMatch(text, /\b(system|popen|posix_spawnp?|exec[lv]p?e?|v?fork|wordexp)\s*\(/, file);
    }
  });

  it('can reach no format string: the native sources have none that is not written there', () => {
    for (const { file, text } of sources('native', /\.(cc|h)$/)) {
      for (const [call, format] of text.matchAll(/\b(?:v?s?n?printf|v?f?printf|syslog|strftime)\s*\(([^;]*);/g)) {
        assert.match(format ?? '', /"/, `${file}: ${call}`);
      }
    }
  });

  it('makes no file, whatever a text says, and opens no file that is not a namespace', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'portshift-reach-'));
    await using namespace = await Namespace.create();
    const fifo = join(directory, 'fifo');
    await namespace.exec('mkfifo', [fifo]);
    for (const backend of ['nft', 'iptc'] as const) {
      // To open a FIFO would be to wait for somebody who writes.
      for (const path of [fifo, '/dev/zero', '/etc/passwd', directory, '/proc/self/ns/mnt', '/proc/self/mem']) {
        await assert.rejects(
          openFirewall({ backend, namespace: path }),
          { code: /^ERR_(NOT_FOUND|PERMISSION|INVALID_ARGUMENT|UNSUPPORTED)$/ },
          path,
        );
      }
      await using firewall = await openFirewall({ backend, namespace: namespace.path });
      for (const text of TEXTS) {
        for (const option of ['name', 'interface', 'destination']) {
          const published = await firewall
            .publish({ port: 8445, targetPort: 8443, [option]: text })
            .catch(() => undefined);
          await published?.withdraw();
        }
      }
    }
    assert.deepEqual(await readdir(directory), ['fifo']);
    assert.ok(!(await readdir('/tmp')).includes('portshift-was-here'));
    await rm(directory, { recursive: true });
  });
});
