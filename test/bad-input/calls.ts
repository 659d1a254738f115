import fc from 'fast-check';
import {
  type ConfirmOptions,
  type DrainOptions,
  type Firewall,
  type FirewallOptions,
  type FlowOptions,
  type LoopbackOptions,
  loopback,
  type Mark,
  type MarkDropOptions,
  MemoryKernel,
  markDrop,
  openFirewall,
  type PublishCallOptions,
  type PublishOptions,
  type RedirectOptions,
  type RollbackOptions,
  redirect,
  type WarningOptions,
  type WatchOptions,
} from '../../lib';
import type { Family } from '../../lib/model/table-rule';

/** For each option of a call, values that are right. The type holds it to all the options there are. */
type Options<T> = { readonly [K in keyof Required<T>]: fc.Arbitrary<unknown> };

export const port = fc.integer({ min: 1, max: 65_535 });
export const ports = fc.oneof(
  port,
  fc.tuple(port, port).map(([a, b]) => `${Math.min(a, b)}-${Math.max(a, b)}`),
);
const protocol = fc.constantFrom('tcp', 'udp');
const family = fc.constantFrom<Family>('ipv4', 'ipv6');
const octet = fc.integer({ min: 0, max: 255 });
const ipv4 = fc
  .tuple(
    fc.integer({ min: 1, max: 223 }).filter((first) => first !== 127),
    octet,
    octet,
    octet,
  )
  .map((one) => one.join('.'));
const ipv6 = fc.ipV6().filter((one) => !/^(::|f|0:0:0)/i.test(one) && !one.includes('.'));
const address = fc.oneof(ipv4, ipv6);
const name = fc.stringMatching(/^[A-Za-z][A-Za-z0-9._/@+-]{0,62}$/);
const netInterface = fc.stringMatching(/^[a-z][A-Za-z0-9._@-]{0,14}$/).filter((one) => one !== 'lo');
const milliseconds = (min: number) => fc.integer({ min, max: 0x7fff_ffff });
const signal = fc.constant(new AbortController().signal);

export const PUBLISH: Options<PublishOptions> = {
  name,
  protocol,
  port: ports,
  targetPort: port,
  destination: address,
  interface: netInterface,
  targetAddress: address,
  direct: fc.constantFrom('closed', 'local', 'open'),
  deny: fc.constantFrom('drop', 'reject'),
  established: fc.constantFrom('keep', 'drop'),
  loopback: fc.boolean(),
  flows: fc.constantFrom('follow', 'stay'),
};
const FIREWALL: Options<FirewallOptions> = {
  backend: fc.constant('memory'),
  owner: fc.stringMatching(/^[A-Za-z][A-Za-z0-9_-]{0,15}$/),
  families: fc.uniqueArray(family, { minLength: 1 }),
  namespace: fc.oneof(fc.constant('/run/netns/blue'), milliseconds(1)),
  mark: fc.integer({ min: 1, max: 0xffff_ffff }).map((mask) => ({ value: mask, mask })),
  lifetime: fc.constant('host'),
  lockTimeout: milliseconds(0),
  signal,
  kernel: fc.constant(new MemoryKernel()),
};
const MARK: Options<Mark> = { value: fc.constant(0x1000), mask: fc.constant(0xffff_ffff) };
const REDIRECT: Options<RedirectOptions> = {
  protocol,
  port: ports,
  targetPort: port,
  destination: address,
  interface: netInterface,
  targetAddress: address,
  family,
};
const MARK_DROP: Options<MarkDropOptions> = {
  protocol,
  port: ports,
  direct: fc.constantFrom('closed', 'local'),
  deny: PUBLISH.deny,
  established: PUBLISH.established,
  family,
};
const LOOPBACK: Options<LoopbackOptions> = {
  protocol,
  port: ports,
  targetPort: port,
  destination: address,
  targetAddress: ipv4,
  family,
};
const FLOWS: Options<FlowOptions> = { flows: fc.constant('stay'), signal };
const DRAIN: Options<DrainOptions> = { timeout: milliseconds(1), signal, interval: milliseconds(10) };
const WATCH: Options<WatchOptions> = { heal: fc.boolean(), interval: milliseconds(10), signal };
const ROLLBACK: Options<RollbackOptions> = { force: fc.boolean(), signal };
const PUBLISH_CALL: Options<PublishCallOptions> = { warnings: fc.boolean(), signal };
const WARNINGS: Options<WarningOptions> = { names: fc.array(fc.string()), signal };
const CONFIRM: Options<ConfirmOptions> = { confirmWithin: fc.constant(undefined), warnings: fc.boolean(), signal };

/** One way in for a caller's values. */
export interface Call {
  readonly name: string;
  readonly options: Readonly<Record<string, fc.Arbitrary<unknown>>>;
  /** What must be there beside the option that is tried. */
  readonly base: Readonly<Record<string, unknown>>;
  run(options: object, firewall: Firewall): unknown;
}

const PAIR = { port: 8445, targetPort: 8443 };
const unchecked = <T>(options: object) => options as T;

async function throwAway(
  options: object,
  work: (firewall: Firewall) => Promise<unknown> = async () => {},
): Promise<void> {
  const firewall = await openFirewall(unchecked(options));
  try {
    await work(firewall);
  } finally {
    await firewall.close();
  }
}

/** A published port of its own to try something on. */
function onPublished(use: (port: Awaited<ReturnType<Firewall['publish']>>) => unknown): () => Promise<void> {
  return () =>
    throwAway({ backend: 'memory', kernel: new MemoryKernel() }, async (firewall) => use(await firewall.publish(PAIR)));
}

export const CALLS: readonly Call[] = [
  { name: 'openFirewall', options: FIREWALL, base: { backend: 'memory' }, run: (options) => throwAway(options) },
  {
    name: 'mark',
    options: MARK,
    base: { value: 0x1000, mask: 0xffff_ffff },
    run: (mark) => throwAway({ backend: 'memory', kernel: new MemoryKernel(), mark }),
  },
  { name: 'publish', options: PUBLISH, base: PAIR, run: (options, firewall) => firewall.publish(unchecked(options)) },
  {
    name: 'publishAll',
    options: PUBLISH,
    base: PAIR,
    run: (options, firewall) => firewall.publishAll([unchecked(options)]),
  },
  { name: 'redirect', options: REDIRECT, base: PAIR, run: (options) => redirect(unchecked(options)) },
  { name: 'markDrop', options: MARK_DROP, base: { port: 8443 }, run: (options) => markDrop(unchecked(options)) },
  { name: 'loopback', options: LOOPBACK, base: PAIR, run: (options) => loopback(unchecked(options)) },
  {
    name: 'apply',
    options: REDIRECT,
    base: PAIR,
    run: (options, firewall) =>
      firewall.apply([unchecked(Object.defineProperty(options, 'kind', { value: 'redirect', enumerable: true }))]),
  },
  {
    name: 'move',
    options: FLOWS,
    base: {},
    run: (options) => onPublished((one) => one.move(8446, unchecked(options)))(),
  },
  {
    name: 'retarget',
    options: FLOWS,
    base: {},
    run: (options) => onPublished((one) => one.retarget(9443, unchecked(options)))(),
  },
  {
    name: 'drained',
    options: DRAIN,
    base: {},
    run: (options) =>
      onPublished(async (one) => {
        await one.move(8446);
        await one.drained(unchecked(options));
      })(),
  },
  {
    name: 'watch',
    options: WATCH,
    base: {},
    run: (options) =>
      throwAway({ backend: 'memory', kernel: new MemoryKernel() }, async (firewall) => {
        const watch = await firewall.watch(unchecked(options));
        await watch.close();
      }),
  },
  {
    name: 'rollback',
    options: ROLLBACK,
    base: {},
    run: (options) => onPublished((one) => one.applied?.rollback(unchecked(options)))(),
  },
  {
    name: 'warnings of publish',
    options: PUBLISH_CALL,
    base: {},
    run: (options) =>
      throwAway({ backend: 'memory', kernel: new MemoryKernel() }, (firewall) =>
        firewall.publish(PAIR, unchecked(options)),
      ),
  },
  { name: 'warnings', options: WARNINGS, base: {}, run: (options, firewall) => firewall.warnings(unchecked(options)) },
  {
    name: 'confirmWithin',
    options: CONFIRM,
    base: {},
    run: (options, firewall) => firewall.publishAll([], unchecked(options)),
  },
];

/** Values in place of whole arguments; the name is what an error must have, empty for that of one of its options. */
export const ARGUMENTS: readonly { readonly name: string; run(value: unknown, firewall: Firewall): unknown }[] = [
  { name: 'port', run: (value) => onPublished((one) => one.move(value as number))() },
  { name: 'targetPort', run: (value) => onPublished((one) => one.retarget(value as number))() },
  { name: 'rules', run: (value, firewall) => firewall.apply(value as []) },
  { name: 'rules[0]', run: (value, firewall) => firewall.apply([value as never]) },
  { name: 'published', run: (value, firewall) => firewall.publishAll(value as []) },
  { name: 'published[0]', run: (value, firewall) => firewall.publishAll([value as never]) },
  { name: '', run: (value, firewall) => firewall.publish(value as never) },
  { name: 'update', run: (value, firewall) => firewall.update(value as never) },
  { name: 'add', run: (value, firewall) => firewall.update({ add: value as [] }) },
  { name: 'remove', run: (value, firewall) => firewall.update({ remove: value as [] }) },
  { name: 'saved', run: (value, firewall) => firewall.restore(value as never) },
  { name: 'options', run: (value) => throwAway(value as object) },
];
