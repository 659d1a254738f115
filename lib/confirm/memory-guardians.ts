import type { MemoryKernel } from '../backends/memory';
import { type Guarded, Guardian } from './guardian';
import type { GuardianLine, Guardians } from './guardians';

const guardians = new WeakMap<MemoryKernel, Map<string, Guardian>>();

/** Guardians of a simulated kernel's rules. They run in this process, as the rules end with it as well. */
export class MemoryGuardians implements Guardians {
  readonly #ofKernel: Map<string, Guardian>;

  /** @param open opens a firewall that only the guardian uses */
  constructor(
    kernel: MemoryKernel,
    readonly owner: string,
    readonly open: () => Promise<Guarded & { close(): Promise<void> }>,
  ) {
    this.#ofKernel = guardians.get(kernel) ?? new Map<string, Guardian>();
    guardians.set(kernel, this.#ofKernel);
  }

  async find(): Promise<GuardianLine | undefined> {
    const guardian = this.#ofKernel.get(this.owner);
    return guardian === undefined ? undefined : lineTo(guardian);
  }

  async forget(): Promise<void> {}

  async connect(): Promise<GuardianLine> {
    const firewall = await this.open();
    const guardian =
      this.#ofKernel.get(this.owner) ??
      new Guardian(firewall, async () => {
        this.#ofKernel.delete(this.owner);
        await firewall.close();
      });
    if (guardian.firewall !== firewall) await firewall.close();
    this.#ofKernel.set(this.owner, guardian);
    return lineTo(guardian);
  }
}

function lineTo(guardian: Guardian): GuardianLine {
  const conversation = guardian.converse();
  return {
    name: 'this process',
    ask: (question) => conversation.answer(question),
    giveUp: () => void conversation.answer({ do: 'abandon' }).then(() => conversation.ended()),
    end: () => conversation.ended(),
    close: () => void conversation.ended(),
  };
}
