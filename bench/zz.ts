import { join } from 'node:path';
import { Namespace } from '../test/support/namespace';
import { Runner } from './runner';
import { warmUp } from './warm-up';
import { median } from './statistics';
(async () => {
  const ns = await Namespace.create();
  const r = new Runner('portshift nft', ns.spawn(process.execPath, ['--require', 'tsx/cjs', join(__dirname, 'swapper.ts'), JSON.stringify(['portshift nft', { foreign: 0, published: 1 }])], { cwd: join(__dirname, '..') }));
  await r.line();
  console.log('first', (await warmUp(r, 3000)).median);
  for (let i = 0; i < 6; i++) {
    await new Promise((s) => setTimeout(s, 300));
    const t = await r.run(200);
    console.log('median', median(t).toFixed(1), 'quarters', [0, 50, 100, 150].map((f) => median(t.slice(f, f + 50)).toFixed(0)).join(' '), 'first', t.slice(0, 8).map((x) => x.toFixed(0)).join(' '));
  }
  for (let i = 0; i < 4; i++) {
    const t = await r.run(2000);
    console.log('2000: median', median(t).toFixed(1), 'quarters', [0, 500, 1000, 1500].map((f) => median(t.slice(f, f + 500)).toFixed(0)).join(' '));
  }
  r.child.kill(); await ns.remove();
})();
