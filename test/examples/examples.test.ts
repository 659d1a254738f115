import assert from 'node:assert/strict';
import { join } from 'node:path';
import { Namespace } from '../support/namespace';

const EXPECTED = {
  'embed.ts': 'public port 8445: hello\npublic port 8446: hello\nconnections so far: 1\n',
  'blue-green.ts': 'published: blue\nretargeted: green\nrolled back: blue\n',
};

describe('Examples', () => {
  for (const [name, expected] of Object.entries(EXPECTED)) {
    it(`${name} runs and says what it should`, async () => {
      const namespace = await Namespace.create();
      try {
        const file = join(__dirname, '..', '..', 'examples', name);
        const { stdout } = await namespace.exec(process.execPath, ['--require', 'tsx/cjs', file]);
        assert.equal(stdout, expected);
      } finally {
        await namespace.remove();
      }
    });
  }
});
