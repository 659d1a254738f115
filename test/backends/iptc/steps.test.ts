import assert from 'node:assert/strict';
import { difference } from '../../../lib/model/change';
import { loopback } from '../../../lib/model/loopback';
import { markDrop } from '../../../lib/model/mark-drop';
import { checkPublication, entriesOf, withPort, withTargetPort } from '../../../lib/model/publication';
import { redirect } from '../../../lib/model/redirect';
import { Simulation } from '../support/simulation';
import { stepTexts, stepTextsOf } from '../support/step-text';

const publication = (options: object) =>
  checkPublication('', { name: 'w', port: 80, targetPort: 8443, ...options }, ['ipv4', 'ipv6']);
const web = publication({});

/** The steps of IPv4 from one ruleset to another; those of IPv6 must be the same. */
async function stepsBetween(from: readonly object[], to: readonly object[]): Promise<string[]> {
  const simulation = new Simulation();
  await simulation.become(from.flatMap((options) => entriesOf(publication(options))));
  const steps = await simulation.become(to.flatMap((options) => entriesOf(publication(options))));
  assert.deepEqual(stepTextsOf('ipv6', steps), stepTextsOf('ipv4', steps));
  return stepTextsOf('ipv4', steps);
}

describe('The steps of a change', () => {
  it('publish: the target closes when the way in is there, behind guards', async () => {
    assert.deepEqual(await stepsBetween([], [{}]), [
      'nat: new out; ^OUTPUT jump out; new pre; ^PREROUTING jump pre; +pre redirect tcp 80>8443 name=w; +out loopback tcp 80>8443 name=w; ^pre guard; ^pre guard',
      'mangle: new ans; ^OUTPUT jump ans; new syn; ^INPUT jump syn; +syn markDrop tcp 8443 name=w; +ans answer markDrop tcp 8443 name=w',
    ]);
  });

  it('publish what rejects: what answers comes before what denies whatever others accept', async () => {
    const [, ...closing] = await stepsBetween([], [{ deny: 'reject' }]);
    assert.deepEqual(closing, [
      'filter: new in; ^INPUT jump in; +in markDrop tcp 8443 name=w opt=reject',
      'security: new sec; ^INPUT jump sec; +sec markDrop tcp 8443 name=w opt=reject',
      'mangle: new ans; ^OUTPUT jump ans; +ans answer markDrop tcp 8443 name=w opt=reject',
    ]);
  });

  it('withdraw: the target opens before the way in goes, and nothing is left behind', async () => {
    assert.deepEqual(await stepsBetween([{}], []), [
      'mangle: -syn markDrop tcp 8443 name=w; -ans answer markDrop tcp 8443 name=w; -OUTPUT jump ans; gone ans; -INPUT jump syn; gone syn',
      'nat: -out loopback tcp 80>8443 name=w; -pre redirect tcp 80>8443 name=w; -pre guard; -pre guard; -OUTPUT jump out; gone out; -PREROUTING jump pre; gone pre',
    ]);
  });

  it('move: nat alone', async () => {
    assert.deepEqual(
      await stepsBetween(
        [{}],
        [withPort(web, 81)].map(({ port }) => ({ port })),
      ),
      [
        'nat: -out loopback tcp 80>8443 name=w; -pre redirect tcp 80>8443 name=w; +pre redirect tcp 81>8443 name=w; +out loopback tcp 81>8443 name=w',
      ],
    );
  });

  it('retarget: the old target opens, nat, the new one closes', async () => {
    const { targetPort } = withTargetPort(web, 9443);
    assert.deepEqual(await stepsBetween([{}], [{ targetPort }]), [
      'mangle: -syn markDrop tcp 8443 name=w; -ans answer markDrop tcp 8443 name=w',
      'nat: -out loopback tcp 80>8443 name=w; -pre redirect tcp 80>8443 name=w; +pre redirect tcp 80>9443 name=w; +out loopback tcp 80>9443 name=w',
      'mangle: +syn markDrop tcp 9443 name=w; +ans answer markDrop tcp 9443 name=w',
    ]);
  });

  it('from dropping to rejecting: the answer is there first, then what denies behind it, and the other goes', async () => {
    assert.deepEqual(await stepsBetween([{}], [{ deny: 'reject' }]), [
      'filter: new in; ^INPUT jump in; +in markDrop tcp 8443 name=w opt=reject',
      'security: new sec; ^INPUT jump sec; +sec markDrop tcp 8443 name=w opt=reject',
      'mangle: -syn markDrop tcp 8443 name=w; -ans answer markDrop tcp 8443 name=w; +ans answer markDrop tcp 8443 name=w opt=reject; -INPUT jump syn; gone syn',
      'nat: -pre redirect tcp 80>8443 name=w; +pre redirect tcp 80>8443 name=w opt=reject',
    ]);
  });

  it('from rejecting to dropping: what drops is there before anything of the other goes', async () => {
    assert.deepEqual(await stepsBetween([{ deny: 'reject' }], [{}]), [
      'mangle: new syn; ^INPUT jump syn; -ans answer markDrop tcp 8443 name=w opt=reject; +syn markDrop tcp 8443 name=w; +ans answer markDrop tcp 8443 name=w',
      'security: -sec markDrop tcp 8443 name=w opt=reject; -INPUT jump sec; gone sec',
      'filter: -in markDrop tcp 8443 name=w opt=reject; -INPUT jump in; gone in',
      'nat: -pre redirect tcp 80>8443 name=w opt=reject; +pre redirect tcp 80>8443 name=w',
    ]);
  });

  it('from dropping to keeping established connections: one chain goes and another comes in one commit', async () => {
    const [mangle] = await stepsBetween([{ established: 'drop' }], [{}]);
    assert.equal(
      mangle,
      'mangle: new syn; ^INPUT jump syn; -tcp markDrop tcp 8443 name=w opt=cut; -ans answer markDrop tcp 8443 name=w opt=cut; +syn markDrop tcp 8443 name=w; +ans answer markDrop tcp 8443 name=w; -INPUT jump tcp; gone tcp',
    );
  });

  it('of published ports side by side share the guards and the chains', async () => {
    const other = { name: 'x', port: 81, targetPort: 9443 };
    assert.deepEqual(await stepsBetween([{}], [{}, other]), [
      'nat: +pre redirect tcp 81>9443 name=x; +out loopback tcp 81>9443 name=x',
      'mangle: +syn markDrop tcp 9443 name=x; +ans answer markDrop tcp 9443 name=x',
    ]);
    assert.deepEqual(await stepsBetween([{}, other], [{}]), [
      'mangle: -syn markDrop tcp 9443 name=x; -ans answer markDrop tcp 9443 name=x',
      'nat: -out loopback tcp 81>9443 name=x; -pre redirect tcp 81>9443 name=x',
    ]);
  });

  it('go through both families in every phase, IPv4 first', async () => {
    const steps = await new Simulation().become(entriesOf(web));
    assert.deepEqual(
      stepTexts(steps).map((text) => text.split(':')[0]),
      ['ipv4 nat', 'ipv6 nat', 'ipv4 mangle', 'ipv6 mangle'],
    );
  });

  it('touch the family of a rule only', async () => {
    const rules = [redirect({ port: 80, targetPort: 8443, family: 'ipv6' }), markDrop({ port: 8443, family: 'ipv6' })];
    const steps = await new Simulation().become(rules.map((rule) => ({ rule })));
    assert.deepEqual(
      steps.map(({ family, table }) => `${family} ${table}`),
      ['ipv6 nat', 'ipv6 mangle'],
    );
  });

  it('are none where nothing is to change', async () => {
    const simulation = new Simulation();
    await simulation.become(entriesOf(web));
    assert.deepEqual(simulation.plan({ added: [], removed: [] }), []);
    assert.deepEqual(simulation.plan(difference([], entriesOf(web))), []);
    assert.deepEqual(new Simulation().plan(difference([{ rule: loopback({ port: 1, targetPort: 2 }) }], [])), []);
  });
});

describe('Closing rules that are replaced', () => {
  const closed = (port: number | `${number}-${number}`, options: object = {}) => ({
    rule: markDrop({ port, ...options }),
  });

  async function mangleSteps(from: ReturnType<typeof closed>[], to: ReturnType<typeof closed>[]): Promise<string[]> {
    const simulation = new Simulation();
    await simulation.become(from);
    return stepTextsOf('ipv4', await simulation.become(to));
  }

  it('by another for the same port go out as it goes in', async () => {
    assert.deepEqual(await mangleSteps([closed(80)], [closed(80, { direct: 'local' })]), [
      'mangle: -syn markDrop tcp 80; -ans answer markDrop tcp 80; +syn markDrop tcp 80 opt=local; +ans answer markDrop tcp 80 opt=local',
    ]);
  });

  it('by narrower ones go out as those go in', async () => {
    assert.deepEqual(await mangleSteps([closed('80-89')], [closed(80), closed('85-89')]), [
      'mangle: -syn markDrop tcp 80-89; -ans answer markDrop tcp 80-89; +syn markDrop tcp 80; +ans answer markDrop tcp 80; +syn markDrop tcp 85-89; +ans answer markDrop tcp 85-89',
    ]);
  });

  it('by a wider one go out as that goes in, after nat', async () => {
    const simulation = new Simulation();
    await simulation.become([closed(80), closed(85)]);
    const steps = await simulation.become([closed('80-89'), { rule: redirect({ port: 1, targetPort: 80 }) }]);
    assert.deepEqual(stepTextsOf('ipv4', steps), [
      'nat: new pre; ^PREROUTING jump pre; +pre redirect tcp 1>80; ^pre guard; ^pre guard',
      'mangle: -syn markDrop tcp 80; -ans answer markDrop tcp 80; -syn markDrop tcp 85; -ans answer markDrop tcp 85; +syn markDrop tcp 80-89; +ans answer markDrop tcp 80-89',
    ]);
  });

  it('of one protocol are not those of the other', async () => {
    const simulation = new Simulation();
    await simulation.become([closed(80)]);
    const steps = await simulation.become([closed(80, { protocol: 'udp' })]);
    assert.deepEqual(stepTextsOf('ipv4', steps), [
      'mangle: -syn markDrop tcp 80; -ans answer markDrop tcp 80',
      'mangle: new lo; ^INPUT jump lo; new new; ^INPUT jump new; +new markDrop udp 80; +lo markDrop udp 80; -OUTPUT jump ans; gone ans; -INPUT jump syn; gone syn',
    ]);
  });
});

describe('A change of rules for IPv6 alone and others together', () => {
  const web = (port: number, destination?: string) =>
    entriesOf(
      publication({ port, ...(destination !== undefined && { destination }), loopback: false, direct: 'open' }),
    );
  const V6 = '2001:db8::7';

  it('is written down before it is made, and struck out when it is done', async () => {
    const simulation = new Simulation();
    await simulation.become(web(80));
    const steps = await simulation.become(web(81, V6));
    assert.deepEqual(
      steps.map(({ family, table }) => `${family} ${table}`),
      ['ipv4 filter', 'ipv4 nat', 'ipv6 nat', 'ipv4 filter'],
    );
    const [first, last] = [steps.at(0), steps.at(-1)].map((step) =>
      step?.operations.map(({ op, chain, ...rest }) => [op, chain, ...('rule' in rest ? [rest.rule] : [])]),
    );
    const coming = {
      matches: [{ match: 'comment', comment: `portshift redirect tcp 81>8443 at=${V6} name=w opt=open,nolo` }],
      target: { target: 'none' },
    };
    const going = {
      matches: [{ match: 'comment', comment: 'portshift redirect tcp 80>8443 name=w opt=open,nolo' }],
      target: { target: 'none' },
    };
    assert.deepEqual(first, [
      ['createChain', 'portshift.added'],
      ['append', 'portshift.added', coming],
      ['createChain', 'portshift.removed'],
      ['append', 'portshift.removed', going],
    ]);
    assert.deepEqual(last, [
      ['delete', 'portshift.added', coming],
      ['deleteChain', 'portshift.added'],
      ['delete', 'portshift.removed', going],
      ['deleteChain', 'portshift.removed'],
    ]);
  });

  it('is not where the rules themselves tell how far it has come', async () => {
    for (const [from, to] of [
      [web(80), web(81)],
      [web(80, V6), web(81, V6)],
      [web(80, '192.0.2.7'), web(81)],
      [entriesOf(publication({ port: 80, destination: V6 })), entriesOf(publication({ port: 81, destination: V6 }))],
    ] as const) {
      const simulation = new Simulation();
      await simulation.become(from);
      const steps = await simulation.become(to);
      assert.ok(steps.every(({ table }) => table === 'nat'));
    }
  });
});
