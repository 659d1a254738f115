import { familyOf } from './address';
import type { Entry, Publication } from './entry';
import type { Fields } from './fields';
import { type RedirectRule, redirectRule } from './redirect';

/**
 * A published port that is at the same time the entry of its redirect. The redirect rule is made when it is first read.
 */
export class Published implements Publication, Entry {
  readonly name: Publication['name'];
  readonly protocol: Publication['protocol'];
  readonly port: Publication['port'];
  readonly targetPort: Publication['targetPort'];
  readonly direct: Publication['direct'];
  readonly deny: Publication['deny'];
  readonly established: Publication['established'];
  readonly loopback: Publication['loopback'];
  declare readonly family?: NonNullable<Publication['family']>;
  declare readonly destination?: string;
  declare readonly interface?: string;
  declare readonly targetAddress?: string;
  #rule: RedirectRule | undefined;

  /** Copies the fields. `port` and `targetPort`, if given, replace those of the fields. */
  constructor(fields: Publication | Fields<Publication>, port = fields.port, targetPort = fields.targetPort) {
    this.name = fields.name;
    this.protocol = fields.protocol;
    this.port = port;
    this.targetPort = targetPort;
    this.direct = fields.direct;
    this.deny = fields.deny;
    this.established = fields.established;
    this.loopback = fields.loopback;
    const { family, destination, interface: from, targetAddress } = fields;
    if (family !== undefined) this.family = family;
    if (destination !== undefined) this.destination = destination;
    if (from !== undefined) this.interface = from;
    if (targetAddress !== undefined) this.targetAddress = targetAddress;
  }

  get publication(): Publication {
    return this;
  }

  get rule(): RedirectRule {
    this.#rule ??= redirectOf(this);
    return this.#rule;
  }
}

function redirectOf(publication: Publication): RedirectRule {
  const { protocol, port, targetPort, destination, targetAddress, interface: from, family } = publication;
  // An address determines the family.
  const address = destination ?? targetAddress;
  const only = address === undefined ? family : familyOf(address);
  return redirectRule({ protocol, port, targetPort, destination, interface: from, targetAddress, family: only });
}
