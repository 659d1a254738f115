import assert from 'node:assert/strict';
import type { BackendName, Firewall, FirewallErrorCode, FirewallOptions, PlannedChange } from '../../lib';

/** A kernel without any rules, that no other test sees. */
export interface ContractKernel {
  open(options?: FirewallOptions): Promise<Firewall>;
  /** Everything that is installed, by every owner and by others, in words; counters left out. */
  dump(): Promise<string>;
  remove(): Promise<void>;
}

/** What the suite is run against. */
export interface ContractBackend {
  readonly name: BackendName;
  create(): Promise<ContractKernel>;
}

/** One test's kernel, and the firewalls it opened. */
export class Fixture {
  readonly #opened: Firewall[] = [];

  private constructor(readonly kernel: ContractKernel) {}

  static async create(backend: ContractBackend): Promise<Fixture> {
    return new Fixture(await backend.create());
  }

  async open(options?: FirewallOptions): Promise<Firewall> {
    const firewall = await this.kernel.open(options);
    this.#opened.push(firewall);
    return firewall;
  }

  dump(): Promise<string> {
    return this.kernel.dump();
  }

  async remove(): Promise<void> {
    for (const firewall of this.#opened) await firewall.close();
    await this.kernel.remove();
  }
}

/** A part of the suite: tests that take a fresh fixture each. */
export type ContractPart = (fixture: () => Fixture) => void;

/** The installed rules, one line each, in alphabetical order: a ruleset is a set. */
export async function rulesOf(firewall: Firewall): Promise<string[]> {
  return (await firewall.rules()).map(({ text }) => text).sort();
}

/** A change as `- old`, `+ new`, in alphabetical order. */
export function changeOf({ added, removed }: PlannedChange): string[] {
  return [...removed.map(({ text }) => `- ${text}`), ...added.map(({ text }) => `+ ${text}`)].sort();
}

/** What a call must be rejected with; the message is compared where it is given. */
export interface Refusal {
  readonly code: FirewallErrorCode;
  readonly field?: string;
  readonly message?: RegExp;
}

/** Checks that a call is refused and that nothing at all is changed by it. */
export async function refused(fixture: Fixture, call: () => Promise<unknown>, refusal: Refusal): Promise<void> {
  const before = await fixture.dump();
  await assert.rejects(call, { name: 'FirewallError', ...refusal });
  assert.equal(await fixture.dump(), before);
}

/** The three rules of `publish({ port, targetPort })`. */
export function rulesOfPort(port: number, targetPort: number, name = `tcp/${port}`): string[] {
  return [
    `loopback tcp ${port}>${targetPort} name=${name}`,
    `markDrop tcp ${targetPort} name=${name}`,
    `redirect tcp ${port}>${targetPort} name=${name}`,
  ];
}
