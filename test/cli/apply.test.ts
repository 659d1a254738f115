import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { useCommandLine } from './command-line';

const YAML = `
# Two services
published:
  - name: web
    port: 8445
    targetPort: 8443
  - { name: dns, protocol: udp, port: '53-54', targetPort: 5353, deny: reject, loopback: false }
`;

const CHANGE = `\
+ redirect tcp 8445>8443 name=web
+ markDrop tcp 8443 name=web
+ loopback tcp 8445>8443 name=web
+ redirect udp 53-54>5353 name=dns opt=reject,nolo
+ markDrop udp 5353 name=dns opt=reject
`;

describe('portshift apply', () => {
  const cli = useCommandLine();

  function file(name: string, text: string): string {
    const path = join(cli().directory, name);
    writeFileSync(path, text);
    return path;
  }

  it('publishes exactly what a YAML file says, and prints the change', async () => {
    await cli().done('publish 9999:9998 --name old');
    const removed =
      '- redirect tcp 9999>9998 name=old\n- markDrop tcp 9998 name=old\n- loopback tcp 9999>9998 name=old\n';
    const printed = await cli().done(`apply ${file('ports.yaml', YAML)}`);
    assert.deepEqual(printed.split('\n').sort(), (removed + CHANGE).split('\n').sort());
    assert.deepEqual(((await cli().data('list'))['published'] as { name: string }[]).map(({ name }) => name).sort(), [
      'dns',
      'web',
    ]);
  });

  it('changes nothing where that is published already', async () => {
    const path = file('ports.yaml', YAML);
    await cli().done(`apply ${path}`);
    const before = await cli().kernel();
    assert.equal(await cli().done(`apply ${path}`), 'nothing to change\n');
    assert.equal(await cli().kernel(), before);
  });

  it('with --dry-run prints the change and makes none', async () => {
    const path = file('ports.yaml', YAML);
    assert.equal(await cli().done(`apply ${path} --dry-run`), CHANGE);
    assert.equal(await cli().kernel(), '');
    const { dryRun, added, removed } = await cli().data(`apply ${path} --dry-run`);
    assert.equal(dryRun, true);
    assert.equal((added as unknown[]).length, 5);
    assert.deepEqual(removed, []);
    assert.equal((await cli().data(`apply ${path}`))['dryRun'], false);
  });

  it('reads JSON, and standard input', async () => {
    const json = JSON.stringify({ published: [{ name: 'web', port: 8445, targetPort: 8443 }] });
    assert.equal((await cli().done(`apply ${file('ports.json', json)}`)).split('\n').length, 4);
    assert.equal(await cli().done('apply -', { input: json }), 'nothing to change\n');
    assert.match(await cli().done('apply -', { input: 'published: []' }), /^- redirect tcp 8445>8443 name=web$/m);
  });

  it('names what is wrong in the file, and changes nothing', async () => {
    await cli().done('publish 8445:8443 --name web');
    const before = await cli().kernel();
    const wrong: readonly [text: string, message: RegExp][] = [
      ['published: [{ port: 0, targetPort: 1 }]', /^portshift: published\[0\]\.port: 0 is not accepted; give/],
      [
        'published: [{ port: 80, targetPort: 1 }, { port: 81 }]',
        /published\[1\]\.targetPort: undefined is not accepted/,
      ],
      ['published: [{ port: 80, targetport: 1 }]', /published\[0\]: "targetport" is not an option; accepted are name,/],
      ['published: 80', /published: 80 is not accepted; give an array of published ports/],
      ['publish: []', /standard input: "publish" is not an option; accepted are published/],
      ['- port: 80', /standard input: an array is not accepted; give an object with published/],
      ['', /standard input: null is not accepted/],
      ['{}', /published: undefined is not accepted/],
      ['published: [', /file: "-" cannot be used: .*; give a YAML or JSON file/],
    ];
    for (const [input, message] of wrong) assert.match(await cli().fails(2, 'apply -', { input }), message);
    const twice = 'published: [{ name: a, port: 1, targetPort: 2 }, { name: a, port: 3, targetPort: 4 }]';
    assert.match(await cli().fails(1, 'apply -', { input: twice }), /published\[1\]\.name: "a" is published already/);
    assert.equal(await cli().kernel(), before);
  });

  it('names a file that is not there', async () => {
    const line = await cli().fails(2, 'apply /nonexistent/ports.yaml');
    assert.match(
      line,
      /^portshift: file: "\/nonexistent\/ports\.yaml" cannot be used: ENOENT: .*; give a YAML or JSON file$/,
    );
  });
});
