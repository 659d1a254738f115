import type { Call, Errno, Fault } from './shim';

/** What the kernel may answer to each call: the man pages of section 2, netlink(7), and net/netfilter/x_tables.c. */
const ERRNOS: Readonly<Record<string, readonly Errno[]>> = {
  open: ['EACCES', 'EINTR', 'EMFILE', 'ENFILE', 'ENOENT', 'ENOMEM'],
  // Of the names of tables.
  'open list': ['EACCES', 'EINTR', 'EMFILE', 'ENFILE', 'ENOENT', 'ENOMEM'],
  read: ['EINTR', 'EIO', 'ENOMEM'],
  pread: ['EINTR', 'EIO', 'ENOMEM'],
  readlink: ['EACCES', 'EIO', 'ENOENT', 'ENOMEM'],
  opendir: ['EACCES', 'EMFILE', 'ENFILE', 'ENOENT', 'ENOMEM'],
  readdir: ['EACCES', 'ENOENT', 'ENOMEM'],
  // Of an open descriptor.
  fstat: ['ENOMEM'],
  lstat: ['EACCES', 'ELOOP', 'ENOENT', 'ENOMEM'],
  stat: ['EACCES', 'ELOOP', 'ENOENT', 'ENOMEM'],
  access: ['EACCES', 'ENOENT', 'ENOMEM'],
  // F_SETFD of an open descriptor, which cannot fail; libiptc would abort(3).
  fcntl: [],
  // Whatever it answers, the descriptor is closed; see below.
  close: [],
  fstatfs: ['EINTR', 'EIO', 'ENOMEM'],
  flock: ['EINTR', 'ENOLCK', 'EAGAIN', 'ENOMEM'],
  // NS_GET_USERNS, see ioctl_ns(2).
  ioctl: ['EMFILE', 'ENOMEM', 'ENOTTY', 'EPERM'],
  capget: ['EPERM', 'ESRCH'],
  pidfd_open: ['EMFILE', 'ENFILE', 'ENODEV', 'ENOMEM', 'ENOSYS', 'EPERM', 'ESRCH'],
  pidfd_getfd: ['EBADF', 'EMFILE', 'ENFILE', 'ENOSYS', 'EPERM', 'ESRCH'],
  setns: ['EPERM', 'EINVAL', 'ENOMEM'],
  socket: ['EACCES', 'EMFILE', 'ENFILE', 'ENOBUFS', 'ENOMEM', 'EPERM', 'EAFNOSUPPORT', 'EPROTONOSUPPORT'],
  bind: ['EADDRINUSE', 'ENOMEM', 'EPERM'],
  listen: ['EADDRINUSE', 'EOPNOTSUPP'],
  connect: ['EACCES', 'EAGAIN', 'ECONNREFUSED', 'EINTR', 'ENOMEM', 'EPERM'],
  getsockname: ['ENOBUFS'],
  getsockopt: ['ENOMEM', 'ENOPROTOOPT'],
  setsockopt: ['ENOMEM', 'ENOPROTOOPT', 'EPERM'],
  GET_INFO: ['EAGAIN', 'EINTR', 'EINVAL', 'ENOENT', 'ENOMEM', 'ENOPROTOOPT', 'EPERM'],
  GET_ENTRIES: ['EAGAIN', 'EFAULT', 'EINTR', 'EINVAL', 'ENOENT', 'ENOMEM', 'EPERM'],
  SET_REPLACE: [
    'EAGAIN',
    'EBUSY',
    'EEXIST',
    'EINTR',
    'EINVAL',
    'ELOOP',
    'ENOBUFS',
    'ENOENT',
    'ENOMEM',
    'EPERM',
    'ERESTART',
  ],
  ADD_COUNTERS: ['EAGAIN', 'EINTR', 'EINVAL', 'ENOENT', 'ENOMEM', 'EPERM'],
  sendto: ['EAGAIN', 'EINTR', 'ENOBUFS', 'ENOMEM', 'EPERM', 'ECONNREFUSED'],
  sendmsg: ['EAGAIN', 'EINTR', 'ENOBUFS', 'ENOMEM', 'EPERM', 'ECONNREFUSED'],
  'sendmsg batch': ['EAGAIN', 'EINTR', 'ENOBUFS', 'ENOMEM', 'EPERM', 'ECONNREFUSED', 'EMSGSIZE'],
  recvmsg: ['EINTR', 'EIO', 'ENOBUFS', 'ENOMEM'],
};

/** What may be reported although the call did its work: the rules were replaced, or a datagram was taken and lost. */
const ERRNOS_AFTER: Readonly<Record<string, readonly Errno[]>> = {
  close: ['EINTR', 'EIO'],
  SET_REPLACE: ['EINTR', 'ENOMEM', 'EAGAIN'],
  ADD_COUNTERS: ['EINTR', 'ENOMEM'],
  recvmsg: ['ENOBUFS'],
};

/** What nf_tables may answer to one message of a batch. */
const REFUSALS: readonly Errno[] = [
  'EAGAIN',
  'EBUSY',
  'EEXIST',
  'EINTR',
  'EINVAL',
  'ENFILE',
  'ENOBUFS',
  'ENOENT',
  'ENOMEM',
  'EOPNOTSUPP',
  'EPERM',
];

/** Every error that every call of a change can end in. */
export function errorFaults(calls: readonly Call[]): Fault[][] {
  return calls.flatMap(({ name, messages }, index) => {
    const call = index + 1;
    const errnos = ERRNOS[name];
    if (errnos === undefined) throw new Error(`nobody has said which errors ${name} can end in`);
    const groups: Fault[][] = [errnos.map((errno) => ({ action: 'fail before', call, errno }))];
    groups.push((ERRNOS_AFTER[name] ?? []).map((errno) => ({ action: 'fail after', call, errno })));
    if (name === 'SET_REPLACE') groups.push([{ action: 'fail from', call, errno: 'ENOMEM' }]);
    for (let message = 0; message < messages; message += 1) {
      const refusals: readonly Errno[] = message === 0 ? ['ERESTART'] : REFUSALS;
      groups.push(refusals.map((errno) => ({ action: 'refuse', call, message, errno })));
    }
    return groups.filter((group) => group.length > 0);
  });
}

/**
 * `all`: every error of every call, and a kill between any two calls. Default: of the errors of one call one, by turns, and
 * of the kills between two calls that write nothing every third one.
 */
export const ALL = process.env['PORTSHIFT_FAULTS_OF'] === 'all';

/** One of each group, by turns. */
export function chosen(groups: readonly (readonly Fault[])[], turn: number): Fault[] {
  if (ALL) return groups.flat();
  return groups.flatMap((group, index) => group[(index + turn) % group.length] ?? []);
}

/** Every place between two calls. */
export function killFaults(calls: readonly Call[]): Fault[] {
  let fork = 1;
  return calls.flatMap(({ begins }, index): Fault[] => {
    const call = index + 1;
    if (begins) fork = call;
    const isLast = calls[call]?.begins !== false;
    const before: Fault = { action: 'kill before', call, fork };
    return isLast ? [before, { action: 'kill after', call, fork }] : [before];
  });
}

/** Whether the call changes what the kernel holds. */
export function writes(call: Call | undefined): boolean {
  return call?.name === 'SET_REPLACE' || call?.name === 'ADD_COUNTERS' || (call?.messages ?? 0) > 0;
}
