import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { FirewallError } from '../../lib';
import { readRulesetFile } from '../../lib/cli/ruleset-file';
import { checkPublication } from '../../lib/model/publication';
import { PUBLISH } from './calls';
import { ARGUMENTS, commands, WORDS, withArgument, withOption, written } from './command-words';
import { assertRefusal, hostile, TEXTS } from './hostile';

/** It looks at the host itself, whatever the backend is; see kernel.test.ts. */
const LEFT_OUT = 'doctor';

describe('Whatever is given to the command line', function () {
  this.timeout(60_000);
  let directory: string;
  const before_ = process.env['PORTSHIFT_STATE_DIR'];

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'portshift-words-'));
    process.env['PORTSHIFT_STATE_DIR'] = directory;
  });

  after(async () => {
    if (before_ === undefined) Reflect.deleteProperty(process.env, 'PORTSHIFT_STATE_DIR');
    else process.env['PORTSHIFT_STATE_DIR'] = before_;
    await rm(directory, { recursive: true });
  });

  async function assertHandled(args: readonly string[]): Promise<void> {
    const { code, stderr } = await written(['--backend', 'memory', ...args]);
    assert.ok([0, 1, 2].includes(code), `exit code ${code} of ${JSON.stringify(args)}`);
    if (code === 0) await written(['--backend', 'memory', 'clear']);
    else assert.match(stderr, /^portshift: [^\p{C}]+\n$/u, JSON.stringify(args));
    // Records are named after a namespace and an owner: nothing else is made.
    for (const file of await readdir(directory))
      assert.match(file, /^[0-9a-f]+-\d+-[A-Za-z][A-Za-z0-9_-]{0,15}\.json$/);
  }

  for (const command of commands().filter((one) => one.name() !== LEFT_OUT)) {
    const name = command.name();
    it(`as an option of ${name} is done or refused in one line`, async () => {
      assert.ok(ARGUMENTS[name] !== undefined, `${name} is not tried`);
      const flags = command.options.filter(({ long }) => !['--version', '--help', '--backend'].includes(long ?? ''));
      for (const { long, required } of flags) {
        for (const value of required ? WORDS.map((word) => [word]) : [[]]) {
          await assertHandled(withOption(command, [long ?? '', ...value]));
        }
      }
    });

    it(`as an argument of ${name} is done or refused in one line`, async () => {
      const { length } = command.registeredArguments;
      for (let index = 0; index < length; index += 1) {
        for (const word of WORDS.filter((text) => !text.startsWith('/dev'))) {
          await assertHandled(withArgument(command, index, word));
        }
      }
    });
  }

  it('as a file is published as it says, or refused', async () => {
    const file = `${directory}.yaml`;
    const documents = [
      '',
      '- 1',
      'published',
      'published: 1',
      'published: {}',
      'published: [1]',
      'published: [{}]',
      'published: [[]]',
      'published: [{port: 8445, targetPort: 8443, port: 1}]',
      'published: [{port: 18446744073709560061, targetPort: 8443}]',
      'published: [{port: 0x20fd, targetPort: 08443}]',
      'published: [{port: 8445, targetPort: "8443"}]',
      'published: [{port: .nan, targetPort: .inf}]',
      'published: [{__proto__: {direct: open}, port: 8445, targetPort: 8443}]',
      'published: [{<<: {direct: open}, port: 8445, targetPort: 8443}]',
      'published: [!!js/function "function () {}"]',
      'published: [!!binary "AAAA"]',
      'other: []',
      '--- {published: []}\n--- {published: []}',
      `a: &a [x,x,x,x,x,x,x,x,x]\n${'bcdefghi'.replace(
        /./g,
        (one) =>
          `${one}: &${one} [${Array(9)
            .fill(`*${String.fromCharCode(one.charCodeAt(0) - 1)}`)
            .join()}]\n`,
      )}published: *i`,
      '{'.repeat(10_000),
      '\0\u0001\u001b',
      'published: [{name: "web\\u0000", port: 8445, targetPort: 8443}]',
      '%YAML 9.9\n---\npublished: []',
    ];
    const outside = fc.oneof(
      fc.constantFrom(...documents),
      fc.string({ unit: 'binary' }),
      fc.json(),
      fc.constantFrom(...TEXTS),
    );
    const property = fc.asyncProperty(outside, async (text) => {
      await writeFile(file, text);
      await check(file, '');
      if (documents.includes(text)) await assertHandled(['apply', file]);
    });
    await fc.assert(property, { numRuns: 100, examples: documents.map((one) => [one]) });
    const fields = fc.constantFrom(...Object.keys(PUBLISH));
    const values = hostile.map(({ make }) => jsonOf(make())).filter((json) => json !== undefined);
    await fc.assert(
      fc.asyncProperty(fields, values, async (field, value) => {
        const others = ['"port": 8445', '"targetPort": 8443'].filter((one) => !one.startsWith(JSON.stringify(field)));
        const fields_ = [...others, `${JSON.stringify(field)}: ${value}`].join();
        await writeFile(file, `{"published": [{${fields_}}]}`);
        await check(file, field);
      }),
      { numRuns: 100 },
    );
    for (const field of Object.keys(PUBLISH)) {
      const others = { port: 8445, targetPort: 8443 };
      for (const value of [null, -1, '8446', [], {}]) {
        await writeFile(file, JSON.stringify({ published: [{ ...others, [field]: value }] }));
        await assertHandled(['apply', file]);
      }
    }
    await rm(file);
  });
});

function jsonOf(value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch {
    return undefined;
  }
}

async function check(file: string, field: string): Promise<void> {
  try {
    const published = await readRulesetFile(file);
    for (const [index, one] of published.entries()) checkPublication(`published[${index}].`, one, ['ipv4', 'ipv6']);
  } catch (error) {
    assert.ok(error instanceof FirewallError && error.code === 'ERR_INVALID_ARGUMENT', String(error));
    assertRefusal(error, field);
  }
}
