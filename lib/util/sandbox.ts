import { readFileSync } from 'node:fs';
import { FirewallError } from './errors';

/**
 * Describes the sandbox that denies this process a call which the kernel has and for which the process has the
 * privileges. It is a seccomp filter, such as systemd's RestrictAddressFamilies= and SystemCallFilter=
 * (systemd.exec(5)) or a container's profile, or a security module.
 * @param forbidden an address family such as `AF_NETLINK`, or the name of a call
 * @returns what it forbids, and the setting that allows it
 */
export function sandboxRemedy(forbidden: string): string {
  const sandbox = isFiltered()
    ? 'a sandbox (a seccomp filter is on: Seccomp: 2 in /proc/self/status)'
    : 'a sandbox (no seccomp filter is on: look at AppArmor, SELinux and BPF programs)';
  return forbidden.startsWith('AF_')
    ? `${sandbox} forbids this process ${forbidden} sockets, whatever the kernel has: in a systemd unit add ${forbidden} to RestrictAddressFamilies= and @network-io to SystemCallFilter=, in a container allow socket(${forbidden}) in its seccomp profile`
    : `${sandbox} forbids this process the call ${forbidden}, whatever its capabilities are: ${settingOf(forbidden)}`;
}

function settingOf(call: string): string {
  if (call === 'setns') {
    return 'in a systemd unit take RestrictNamespaces= away or add net to it, in a container allow setns in its seccomp profile';
  }
  return `in a systemd unit add ${call} to SystemCallFilter=, in a container allow it in its seccomp profile`;
}

/**
 * Returns the FirewallError for a Unix socket that could not be made because a sandbox forbids AF_UNIX, which every
 * kernel has and every process may use. Returns undefined for any other error.
 */
export function forbiddenUnixSocket(error: unknown): FirewallError | undefined {
  if (!(error instanceof Error && 'code' in error && 'syscall' in error)) return undefined;
  const { code, syscall } = error;
  // The addons call socket(2) themselves; libuv calls it in uv_pipe_bind() and uv_pipe_connect(), and the errors of
  // Node.js then name listen and connect.
  if (syscall !== 'listen' && syscall !== 'connect' && syscall !== 'socket') return undefined;
  const isRefused = code === 'EAFNOSUPPORT' || ((code === 'EPERM' || code === 'ENOSYS') && isFiltered());
  if (!isRefused) return undefined;
  return new FirewallError('ERR_PERMISSION', `${error.message}; ${sandboxRemedy('AF_UNIX')}`, {
    errno: code,
    syscall,
    cause: error,
  });
}

function isFiltered(): boolean {
  try {
    return /^Seccomp:\s+2$/m.test(readFileSync('/proc/self/status', 'utf8'));
  } catch {
    return false;
  }
}
