import type { Entry } from '../rules/entry';
import { PortIndex } from './port-index';

/** The closing rules among entries, by the ports they close. */
export class ClosedPorts {
  readonly #byProtocol = { tcp: new PortIndex<Entry>(), udp: new PortIndex<Entry>() };

  constructor(entries: readonly Entry[]) {
    for (const entry of entries) {
      const { rule } = entry;
      if (rule.kind === 'markDrop') this.#byProtocol[rule.protocol].add(rule.port, entry);
    }
  }

  touching({ rule }: Entry): Entry[] {
    return this.#byProtocol[rule.protocol].overlapping(rule.port);
  }
}
