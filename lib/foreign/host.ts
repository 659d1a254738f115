import { addressBytes } from '../backends/nft';
import { familyOf } from '../model/address';
import type { Network, NetworkInterface } from '../model/network';
import type { Family } from '../model/table-rule';
import type { Passage } from './packet';

/** The maximum number of interfaces that are judged one by one. With more of them, one entrance stands for all. */
const MOST_INTERFACES = 6;

/** A way into the host. `in` is undefined if it may be any interface. */
export interface Entrance {
  readonly in: readonly Passage[] | undefined;
  /** The addresses of the host as hexadecimal digits, or undefined if they are not known. */
  readonly addresses: readonly string[] | undefined;
}

const ANYWHERE: Entrance = { in: undefined, addresses: undefined };

/** The interfaces and addresses that connections come in by, as far as they are known. */
export class HostView {
  readonly #own = new Set<string>();

  constructor(readonly network: Network | undefined) {
    for (const { address } of network?.addresses ?? []) this.#own.add(addressBytes(address));
  }

  readonly isLocal = (address: string): boolean =>
    this.#own.has(address) || (address.length === 8 && address.startsWith('7f')) || /^0{31}1$/.test(address);

  /**
   * Returns true if clients from outside can reach the host over this family; link-local addresses alone do not
   * suffice. Returns true as well if there is no interface yet, as one may be added.
   */
  hasOutside(family: Family): boolean {
    const outer = this.network?.interfaces.filter(({ loopback }) => !loopback) ?? [];
    return outer.length === 0 || outer.some(({ index }) => this.#addressesOf(index, family).length > 0);
  }

  hasLoopback(family: Family): boolean {
    if (this.network === undefined || this.network.interfaces.length === 0) return true;
    return this.network.addresses.some(({ address }) => address === (family === 'ipv4' ? '127.0.0.1' : '::1'));
  }

  /** Returns the interfaces that traffic comes in by. Traffic on a part of a bridge or bond has that one's name. */
  entrances(family: Family, only: string | undefined): readonly Entrance[] {
    const usable = this.#usable();
    if (only !== undefined) return [this.#entrance(family, usable.find(({ name }) => name === only) ?? { name: only })];
    if (usable.length === 0 || usable.length > MOST_INTERFACES) return [ANYWHERE];
    const addressed = usable.filter(({ index }) => this.#addressesOf(index, family).length > 0);
    return (addressed.length > 0 ? addressed : usable).map((one) => this.#entrance(family, one));
  }

  /**
   * Returns the interfaces that are up, without loopback interfaces and parts of others. A bridge counts only if there
   * is no other way in, because the guests behind it belong to the host itself.
   */
  #usable(): readonly NetworkInterface[] {
    const all = this.network?.interfaces.filter(({ up, loopback, master }) => up && !loopback && !master) ?? [];
    const outer = all.filter(({ kind }) => kind !== 'bridge');
    return outer.length > 0 ? outer : all;
  }

  #entrance(family: Family, { name, index }: Passage): Entrance {
    const addresses = this.#addressesOf(index, family);
    const passage = index === undefined ? { name } : { name, index };
    return { in: [passage], addresses: addresses.length > 0 ? addresses : undefined };
  }

  #addressesOf(index: number | undefined, family: Family): string[] {
    const all = this.network?.addresses ?? [];
    return all
      .filter((one) => one.interface === index && familyOf(one.address) === family && !isLinkLocal(one.address))
      .map(({ address }) => addressBytes(address));
  }
}

export function isLinkLocal(address: string): boolean {
  return /^fe[89ab]/.test(address);
}
