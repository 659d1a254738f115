import assert from 'node:assert/strict';
import { type Candidate, chooseBackend } from '../../lib/backends/choose';
import { FirewallError } from '../../lib/util/errors';

const broken: Candidate = { usable: false, error: new FirewallError('ERR_BACKEND_UNAVAILABLE', 'not built') };
const hidden: Candidate = { usable: false, error: new FirewallError('ERR_PERMISSION', 'a sandbox forbids it') };
const idle: Candidate = { usable: true, hasOwnRules: false, inUse: false };
const used: Candidate = { usable: true, hasOwnRules: false, inUse: true };
const owned: Candidate = { usable: true, hasOwnRules: true, inUse: true };

const CASES: readonly [title: string, nft: Candidate, iptc: Candidate, expected: string | undefined][] = [
  ['neither can be used', broken, broken, undefined],
  ['only iptc can be used', broken, idle, 'iptc'],
  ['only nft can be used, although iptc would be in use', used, broken, 'nft'],
  ['nft may not be looked at', hidden, used, undefined],
  ["nft may not be looked at, and the owner's rules are in iptc", hidden, owned, 'iptc'],
  ['iptc may not be looked at', idle, hidden, 'nft'],
  ['neither is in use', idle, idle, 'nft'],
  ['only the legacy tables are in use', idle, used, 'iptc'],
  ['only nf_tables is in use', used, idle, 'nft'],
  ['both are in use', used, used, 'nft'],
  ["the owner's rules are in iptc, and nf_tables is in use by others", used, owned, 'iptc'],
  ["the owner's rules are in nft, and the legacy tables are in use by others", owned, used, 'nft'],
];

describe("The backend for 'auto'", () => {
  for (const [title, nft, iptc, expected] of CASES) {
    it(`is ${expected ?? 'none'} where ${title}`, () => {
      const choice = chooseBackend(nft, iptc);
      assert.equal(choice?.backend, expected);
      assert.equal(choice === undefined, expected === undefined);
      if (choice !== undefined) assert.match(choice.reason, /\w/);
    });
  }
});
