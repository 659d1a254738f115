import assert from 'node:assert/strict';
import { checkArray, checkRule } from '../../lib/model/check-rule';
import { loopback } from '../../lib/model/loopback';
import { markDrop } from '../../lib/model/mark-drop';
import { redirect } from '../../lib/model/redirect';
import { refuses, refusesUnknown, WRONG_TYPES } from './support';

const RULES = [
  redirect({ port: 8445, targetPort: 8443, destination: '192.0.2.7', interface: 'eth0' }),
  redirect({ port: '8000-8010', targetPort: 8443, targetAddress: '2001:db8::7' }),
  markDrop({ port: 8443, direct: 'local', family: 'ipv4' }),
  loopback({ protocol: 'udp', port: 53, targetPort: 5353 }),
];

describe('A rule given to a firewall', () => {
  it('is one that was made by one of the three functions, also after a trip through JSON', () => {
    for (const rule of RULES) {
      assert.deepEqual(checkRule('rules[0]', rule), rule);
      assert.deepEqual(checkRule('rules[0]', JSON.parse(JSON.stringify(rule))), rule);
    }
  });

  it('is nothing else', () => {
    for (const value of [...WRONG_TYPES, undefined, 'redirect', 8443]) {
      refuses(
        () => checkRule('rules[3]', value),
        'rules[3]',
        value,
        /made by redirect\(\), markDrop\(\) or loopback\(\)$/,
      );
    }
  });

  it('is of a known kind', () => {
    for (const kind of ['drop', 'Redirect', '', null, undefined, 1]) {
      const seen = kind ?? null;
      refuses(() => checkRule('rules[3]', { ...RULES[0], kind }), 'rules[3].kind', seen, /'redirect' or 'markDrop' or/);
    }
  });

  it('is checked again, field by field, as anyone can make such an object', () => {
    refuses(() => checkRule('rules[3]', { ...RULES[0], port: 0 }), 'rules[3].port', 0, /from 1 to 65535/);
    refuses(() => checkRule('rules[3]', { ...RULES[2], deny: 'no' }), 'rules[3].deny', 'no', /'drop' or 'reject'$/);
    refuses(() => checkRule('rules[3]', { ...RULES[3], targetPort: 53 }), 'rules[3].targetPort', 53, /other than/);
    refusesUnknown(() => checkRule('rules[3]', { ...RULES[2], targetPort: 1 }), 'rules[3]', 'targetPort');
  });
});

describe('A list', () => {
  it('is an array, and is copied', () => {
    const given = [1, 2];
    const checked = checkArray('rules', given, 'rules');
    given.push(3);
    assert.deepEqual(checked, [1, 2]);
    for (const value of [null, undefined, {}, 'rules', new Set([1]), { length: 0 }]) {
      refuses(() => checkArray('rules', value, 'rules'), 'rules', value, /give an array of rules$/);
    }
  });
});
