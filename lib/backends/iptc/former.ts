import type { Entry } from '../../model/entry';
import { spanOf } from '../../model/port';
import type { ReadRule } from '../../model/read-rule';
import type { TableMatch, TableRule, TableTarget } from '../../model/table-rule';
import type { ChainId } from './chains';

/**
 * Returns true if the rule is the one that identifies the entry, as the previous version installed it. That version
 * closed ports by a mark: PREROUTING of mangle jumped to `syn`, `new`, `tcp` and `udp`, which set the mark, and `in`
 * denied packets with the mark. Its redirects tested for themselves what the guards test now. An entry is identified by
 * its deciding rule, whatever the mark. It stays installed, and gets the rules of this version as those of the previous
 * one are deleted.
 */
export function isFormerLead({ rule: read }: ReadRule, chain: ChainId, { rule }: Entry): boolean {
  const { protocol } = rule;
  const [opening, types] = [openingOf(read), addressTypesOf(read)];
  const isOwnPort = opening !== undefined && spanText(opening.destinationPorts) === spanText(spanOf(rule.port));
  if (read.protocol !== protocol || !isOwnPort) return false;
  switch (rule.kind) {
    case 'redirect':
      return (
        chain === 'pre' &&
        opening.syn === (protocol === 'tcp') &&
        types === (rule.destination === undefined ? 'local' : '') &&
        read.destination?.address === rule.destination &&
        read.inInterface?.name === rule.interface &&
        leadsTo(read.target, rule.targetPort, rule.targetAddress)
      );
    case 'markDrop': {
      const isKept = rule.established === 'keep';
      const kept = protocol === 'tcp' ? 'syn' : 'new';
      return (
        chain === (isKept ? kept : protocol) &&
        opening.syn === (isKept && protocol === 'tcp') &&
        types !== '' &&
        read.inInterface?.name === (rule.direct === 'local' ? 'lo' : undefined) &&
        read.target.target === 'MARK'
      );
    }
    case 'loopback':
      return false;
  }
}

interface Opening {
  readonly destinationPorts: readonly [number, number] | undefined;
  readonly syn: boolean;
}

function openingOf({ matches }: TableRule): Opening | undefined {
  for (const match of matches) {
    if (match.match === 'tcp') return { destinationPorts: match.destinationPorts, syn: match.syn ?? false };
    if (match.match === 'udp') return { destinationPorts: match.destinationPorts, syn: false };
  }
  return undefined;
}

/** Returns the address types that are tested, such as `local` or `!unicast`, or an empty string for no such test. */
function addressTypesOf({ matches }: TableRule): string {
  const found = matches.find(
    (match): match is Extract<TableMatch, { match: 'addrtype' }> => match.match === 'addrtype',
  );
  return found === undefined ? '' : `${found.invert ? '!' : ''}${found.destinationTypes.join()}`;
}

function leadsTo(target: TableTarget, port: number, address: string | undefined): boolean {
  return target.target === 'DNAT' && target.port === port && target.address === address;
}

function spanText(span: readonly [number, number] | undefined): string {
  return span === undefined ? '' : span.join('-');
}
