import type { Entry } from './entry';
import { PortIndex } from './port-index';
import type { Protocol } from './table-rule';

/** An index of the closing rules among entries, by the ports that they close. */
export class ClosedPorts {
  #byProtocol: Record<Protocol, PortIndex<Entry>> | undefined;

  constructor(entries: readonly Entry[]) {
    for (const entry of entries) {
      const { rule } = entry;
      if (rule.kind !== 'markDrop') continue;
      this.#byProtocol ??= { tcp: new PortIndex(), udp: new PortIndex() };
      this.#byProtocol[rule.protocol].add(rule.port, entry);
    }
  }

  touching({ rule }: Entry): Entry[] {
    return this.#byProtocol?.[rule.protocol].overlapping(rule.port) ?? [];
  }
}
