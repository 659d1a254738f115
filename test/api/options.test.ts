import assert from 'node:assert/strict';
import { MemoryKernel, openFirewall } from '../../lib';
import { checkOptions } from '../../lib/api/options';
import { refuses, refusesUnknown, WRONG_TYPES } from '../model/support';

describe('The options of openFirewall()', () => {
  it('have defaults', () => {
    const { kernel, ...others } = checkOptions({});
    assert.deepEqual(others, {
      backend: 'auto',
      owner: 'portshift',
      families: undefined,
      namespace: undefined,
      mark: undefined,
      lifetime: 'host',
      signal: undefined,
      lockTimeout: 5000,
    });
    assert.ok(kernel instanceof MemoryKernel);
  });

  it('name the field that is wrong', () => {
    const fields = ['backend', 'owner', 'families', 'lifetime', 'lockTimeout', 'signal', 'kernel'];
    for (const field of fields) {
      for (const value of WRONG_TYPES) {
        if (field === 'lockTimeout' && value === 0) continue;
        refuses(() => checkOptions({ [field]: value }), field, value, /; give /);
      }
    }
    for (const value of [null, 'x', 1, []])
      refuses(() => checkOptions(value), 'options', value, /an object with backend/);
    refusesUnknown(() => checkOptions({ netns: '/run/netns/blue' }), 'options', 'netns');
  });

  it('take no backend that does not exist: it is never silently another one', async () => {
    for (const backend of ['iptables', 'nftables', 'IPTC', '']) {
      const call = () => checkOptions({ backend });
      refuses(call, 'backend', backend, /give 'auto' or 'iptc' or 'nft' or 'memory'$/);
    }
    await assert.rejects(() => openFirewall({ backend: 'iptables' as never }), { code: 'ERR_INVALID_ARGUMENT' });
  });

  it('take families, each once, in one order', () => {
    assert.deepEqual(checkOptions({ families: ['ipv6', 'ipv4', 'ipv6'] }).families, ['ipv4', 'ipv6']);
    for (const families of [[], ['ipv5'], ['ipv4', 4], 'ipv4', { 0: 'ipv4' }]) {
      refuses(() => checkOptions({ families }), 'families', families, /\['ipv4'\], \['ipv6'\] or \['ipv4', 'ipv6'\]$/);
    }
  });

  it('take a namespace by its path or by a pid', () => {
    assert.equal(checkOptions({ namespace: '/run/netns/blue' }).namespace, '/run/netns/blue');
    assert.equal(checkOptions({ namespace: 4711 }).namespace, '/proc/4711/ns/net');
    for (const namespace of [null, '', 'blue', './blue', '/a\0b', `/${'x'.repeat(4096)}`, 0, -1, 1.5, 2 ** 31, {}]) {
      refuses(() => checkOptions({ namespace }), 'namespace', namespace, /absolute path such as|pid of a process/);
    }
  });

  it('promise nothing that the legacy tables cannot do', async () => {
    await assert.rejects(() => openFirewall({ backend: 'memory', lifetime: 'process' }), {
      code: 'ERR_UNSUPPORTED',
      field: 'lifetime',
      message: /^lifetime: 'process' needs nf_tables/,
    });
  });
});
