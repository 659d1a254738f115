import assert from 'node:assert/strict';
import { CommandLine } from './command-line';

const WRONG: readonly [args: string, message: RegExp][] = [
  ['', /^portshift: a command is missing, or there is none of that name; see portshift --help$/],
  ['help nope', /a command is missing, or there is none of that name; see portshift --help$/],
  ['nope', /^portshift: unknown command 'nope'.*; see portshift --help$/],
  ['publish', /missing required argument 'PORT:TARGET\[\/udp\]'; see/],
  ['publish 8445:8443 9445:9443', /too many arguments for 'publish'\. Expected 1 argument but got 2; see/],
  ['publish 8445:8443 --nmae web', /unknown option '--nmae' \(Did you mean --name\?\); see/],
  ['publish 8445:8443 --direct no', /argument 'no' is invalid\. Allowed choices are closed, local, open; see/],
  [
    'publish 8445',
    /^portshift: ports: "8445" is not accepted; give PORT:TARGET or PORT:TARGET\/udp, such as 8445:8443$/,
  ],
  ['publish 8445:8443/sctp', /^portshift: ports: "8445:8443\/sctp" is not accepted/],
  ['publish 0:8443', /^portshift: port: "0" is not accepted; give a whole number from 1 to 65535, or a range/],
  ['publish 65536:8443', /^portshift: port: "65536" is not accepted/],
  ['publish http:8443', /^portshift: port: "http" is not accepted/],
  [
    'publish 9-1:8443',
    /^portshift: port: "9-1" is not accepted; give a range whose first port is not above its last: '1-9'/,
  ],
  ['publish 8445:0', /^portshift: targetPort: "0" is not accepted; give a whole number from 1 to 65535$/],
  ['publish 8445:8443-8444', /^portshift: targetPort: "8443-8444" is not accepted/],
  ['publish 8443:8443', /^portshift: targetPort: 8443 is not accepted; give a port other than the public port/],
  ['publish 8445:8443 --name 8445', /^portshift: name: "8445" is not accepted/],
  ['publish 8445:8443 --destination localhost', /^portshift: destination: "localhost" is not accepted/],
  ['publish 8445:8443 --interface lo', /^portshift: interface: "lo" is not accepted/],
  ['publish 8445:8443 --target-address ::1', /^portshift: targetAddress: "::1" is not accepted/],
  ['move web', /missing required argument 'port'; see/],
  ['move web x', /^portshift: port: "x" is not accepted/],
  ['retarget web 1-2', /^portshift: targetPort: "1-2" is not accepted/],
  ['list --backend iptables', /argument 'iptables' is invalid\. Allowed choices are auto, iptc, nft, memory; see/],
  [
    'apply - --confirm-within soon',
    /^portshift: confirmWithin: "soon" is not accepted; give a time of up to 596 hours, such as/,
  ],
  ['apply - --confirm-within 0s', /^portshift: confirmWithin: "0s" is not accepted; give .*, above 0$/],
  ['apply - --confirm-within 60s --dry-run', /'--confirm-within <time>' cannot be used with option '--dry-run'; see/],
  ['list --lock-timeout -1', /^portshift: lockTimeout: "-1" is not accepted; give a time/],
  ['doctor --lock-timeout soon', /^portshift: lockTimeout: "soon" is not accepted; give a time/],
  ['list --families ipv5', /^portshift: families: "ipv5" is not accepted; give ipv4, ipv6 or ipv4,ipv6$/],
  ['confirm --families ipv4,ipv4', /^portshift: families: "ipv4,ipv4" is not accepted/],
  ['list --mark x', /^portshift: mark: "x" is not accepted; give VALUE or VALUE\/MASK, such as 0x1000\/0x1000$/],
  ['list --mark 0', /^portshift: mark\.value: 0 is not accepted; give a whole number from 1 to 4294967295/],
  ['doctor --mark 3/1', /^portshift: mark\.value: 3 is not accepted; give bits that lie in the mask 0x1$/],
  ['move web 8446 --timeout 1s', /^portshift: timeout: give --wait-drained as well/],
  ['withdraw web --interval 1s', /^portshift: interval: give --wait-drained as well/],
  ['withdraw web --wait-drained --interval 5ms', /^portshift: interval: 5 is not accepted; give /],
  ['confirm --owner a.b', /^portshift: owner: "a\.b" is not accepted/],
  ['list --owner a.b', /^portshift: owner: "a\.b" is not accepted; give 1 to 16 letters/],
  ['list --netns ../x', /^portshift: netns: "\.\.\/x" is not accepted; give the name of a namespace in \/run\/netns/],
];

describe('Wrong usage of portshift', () => {
  let cli: CommandLine;
  before(async () => {
    cli = await CommandLine.create();
  });
  after(() => cli.remove());

  for (const [args, message] of WRONG) {
    it(`"${args}" is told in one line on standard error, with exit code 2`, async () => {
      assert.match(await cli.fails(2, args), message);
    });
  }

  it('changes nothing', async () => {
    assert.equal(await cli.kernel(), '');
  });

  it('is told as JSON where that is asked for', async () => {
    const port = await cli.failsWithJson(2, 'publish 0:8443');
    assert.deepEqual([port['code'], port['field'], port['value']], ['ERR_INVALID_ARGUMENT', 'port', '0']);
    const option = await cli.failsWithJson(2, 'publish 8445:8443 --nmae web');
    assert.equal(option['code'], 'ERR_INVALID_ARGUMENT');
    assert.match(String(option['message']), /^unknown option '--nmae'/);
  });
});
