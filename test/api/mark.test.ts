import assert from 'node:assert/strict';
import { type Firewall, type Mark, type MemoryFailure, MemoryKernel, openFirewall } from '../../lib';
import { iptablesText } from '../backends/support/iptables-text';

const WEB = { name: 'web', port: 8445, targetPort: 8443 } as const;
const DNS = { name: 'dns', protocol: 'udp', port: 53, targetPort: 5353, deny: 'reject', direct: 'local' } as const;
const BLUE: Mark = { value: 0x1000, mask: 0x1000 };
const GREEN: Mark = { value: 0x2_0000, mask: 0x7_0000 };

class CountingKernel extends MemoryKernel {
  commits = 0;

  override takeFailure(): MemoryFailure | undefined {
    this.commits += 1;
    return super.takeFailure();
  }
}

let kernel: CountingKernel;

const open = (mark?: Mark) => openFirewall({ backend: 'memory', kernel, ...(mark !== undefined && { mark }) });

/** The rules that set a mark, without comments. */
function marking(): string[] {
  const chains = kernel.chains({ family: 'ipv4', table: 'mangle' });
  return [...chains].flatMap(([chain, rules]) =>
    rules
      .map(({ rule }) => `${chain} ${iptablesText(rule)}`)
      .filter((text) => text.includes('MARK') || text.endsWith('.mark')),
  );
}

const JUMP = 'PREROUTING -m addrtype --dst-type LOCAL -m conntrack ! --ctstate DNAT --ctdir ORIGINAL -j portshift.mark';
const texts = async (firewall: Firewall) => (await firewall.rules()).map(({ text }) => text).sort();

beforeEach(() => {
  kernel = new CountingKernel();
});

describe('The mark on what is denied', () => {
  it('is none where none is asked for', async () => {
    const firewall = await open();
    await firewall.publishAll([WEB, DNS]);
    assert.equal(firewall.mark, undefined);
    assert.deepEqual(marking(), []);
  });

  it('is set for what would be denied, by rules that deny nothing', async () => {
    const firewall = await open(GREEN);
    await firewall.publishAll([WEB, DNS]);
    assert.deepEqual(firewall.mark, GREEN);
    assert.deepEqual(marking(), [
      JUMP,
      'portshift.mark -p tcp --syn --dport 8443 -j MARK --set-xmark 0x20000/0x70000',
      'portshift.mark -p udp ! -i lo --dport 5353 -m conntrack ! --ctstate ESTABLISHED -j MARK --set-xmark 0x20000/0x70000',
    ]);
    await firewall.clear();
    assert.deepEqual(marking(), []);
  });

  it('stays where it is left out later, also for what is published then', async () => {
    const first = await open(BLUE);
    await first.publish(WEB);
    const before = marking();
    const later = await open();
    assert.deepEqual(later.mark, BLUE);
    assert.deepEqual(later.repaired, []);
    assert.deepEqual(marking(), before);
    await later.publish(DNS);
    assert.deepEqual(
      marking().map((line) => /0x\S+/.exec(line)?.[0]),
      [undefined, '0x1000/0x1000', '0x1000/0x1000'],
    );
    await later.clear();
    assert.equal((await open()).mark, undefined);
  });

  it('is another one in one commit of mangle alone, while all that is denied stays so', async () => {
    const first = await open(BLUE);
    await first.publishAll([WEB, DNS]);
    const rules = await texts(first);
    const closing = () => kernel.chains({ family: 'ipv4', table: 'mangle' }).get('portshift.syn');
    const before = closing();
    const { commits } = kernel;
    const steps: string[] = [];
    kernel.onStep = ({ family, table }) => {
      steps.push(`${family} ${table}`);
      assert.deepEqual(closing(), before);
    };
    const later = await open(GREEN);
    assert.equal(kernel.commits, commits + 1);
    assert.deepEqual(steps, ['ipv4 mangle', 'ipv6 mangle']);
    assert.deepEqual(await texts(later), rules);
    assert.ok(later.repaired.length > 0);
    assert.ok(!marking().join().includes('0x1000/'));
    assert.equal(marking().length, 3);
    kernel.onStep = undefined;
    assert.deepEqual((await open(GREEN)).repaired, []);
  });

  it('is set on what was published without one, where it is asked for later', async () => {
    const first = await open();
    await first.publish(WEB);
    const later = await open(BLUE);
    assert.deepEqual(marking(), [JUMP, 'portshift.mark -p tcp --syn --dport 8443 -j MARK --set-xmark 0x1000/0x1000']);
    assert.deepEqual(await texts(later), await texts(first));
  });

  it('is set again where somebody has taken a rule of it away, and denying does not depend on it', async () => {
    const firewall = await open(BLUE);
    await firewall.publishAll([WEB, DNS]);
    const before = marking();
    kernel.chains({ family: 'ipv4', table: 'mangle' }).get('portshift.mark')?.pop();
    const rules = await texts(firewall);
    assert.ok(rules.includes('markDrop udp 5353 name=dns opt=local,reject'));
    assert.deepEqual(firewall.repaired, ['"markDrop udp 5353 name=dns opt=local,reject" is incomplete']);
    assert.deepEqual(marking(), before);
  });
});
