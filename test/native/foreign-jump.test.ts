import assert from 'node:assert/strict';
import { openFirewall } from '../../lib';
import { Namespace } from '../support/namespace';

const TOOLS = ['iptables-legacy', 'ip6tables-legacy'] as const;

describe("A jump of others into one of portshift's chains", () => {
  let namespace: Namespace;

  beforeEach(async () => {
    namespace = await Namespace.create();
  });

  afterEach(() => namespace?.remove());

  const open = () => openFirewall({ backend: 'iptc', namespace: namespace.path });

  async function everywhere(...args: string[]): Promise<void> {
    for (const tool of TOOLS) await namespace.exec(tool, ['-w', ...args]);
  }

  /** The rules and chains that are left, of both families. */
  async function left(): Promise<string[]> {
    const saved = await Promise.all(TOOLS.map((tool) => namespace.exec(`${tool}-save`)));
    return saved.flatMap(({ stdout }) => stdout.split('\n').filter((line) => /portshift|mine/.test(line)));
  }

  for (const kind of ['-j', '-g']) {
    it(`keeps the chain, empty, for as long as it is there: ${kind}`, async () => {
      await using firewall = await open();
      const web = await firewall.publish({ name: 'web', port: 8445, targetPort: 8443 });
      await everywhere('-t', 'nat', '-N', 'mine');
      await everywhere('-t', 'nat', '-A', 'mine', '-p', 'tcp', kind, 'portshift.pre');
      await web.withdraw();
      const one = [':mine - [0:0]', ':portshift.pre - [0:0]', `-A mine -p tcp ${kind} portshift.pre`];
      assert.deepEqual(await left(), [...one, ...one]);
      await using later = await open();
      assert.deepEqual(later.repaired, []);

      await later.publish({ name: 'web', port: 8445, targetPort: 8443 });
      await later.clear();
      assert.deepEqual(await left(), [...one, ...one]);

      await everywhere('-t', 'nat', '-F', 'mine');
      await everywhere('-t', 'nat', '-X', 'mine');
      await using last = await open();
      assert.equal(last.repaired.length, TOOLS.length);
      assert.deepEqual(await left(), []);
    });
  }
});
