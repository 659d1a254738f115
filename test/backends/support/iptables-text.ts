import type {
  AddressSpec,
  InterfaceSpec,
  PortSpan,
  TableMatch,
  TableRule,
  TableTarget,
} from '../../../lib/model/table-rule';

/** A rule in the words of iptables(8), so that what is expected can be read; the comment is left out. */
export function iptablesText(rule: TableRule): string {
  const { protocol, destination, inInterface, outInterface, matches, target } = rule;
  return [
    ...(protocol === undefined ? [] : [`-p ${protocol}`]),
    ...(destination === undefined ? [] : [address('-d', destination)]),
    ...(inInterface === undefined ? [] : [device('-i', inInterface)]),
    ...(outInterface === undefined ? [] : [device('-o', outInterface)]),
    ...matches.flatMap(matchText),
    `-j ${targetText(target)}`,
  ].join(' ');
}

/** What the rule's comment says; undefined where it has none. */
export function commentOf(rule: TableRule): string | undefined {
  for (const match of rule.matches) {
    if (match.match === 'comment') return match.comment;
  }
  return undefined;
}

function matchText(match: TableMatch): string[] {
  switch (match.match) {
    case 'tcp':
      return [
        match.syn ? '--syn' : match.notSyn ? '! --syn' : '',
        match.flags ? `--tcp-flags ${match.flags.map(flagNames).join(' ')}` : '',
        ports('--sport', match.sourcePorts),
        ports('--dport', match.destinationPorts),
      ].filter((word) => word !== '');
    case 'udp':
      return [ports('--sport', match.sourcePorts), ports('--dport', match.destinationPorts)].filter(
        (word) => word !== '',
      );
    case 'mark':
      return [`-m mark --mark ${hex(match.value)}/${hex(match.mask)}`];
    case 'conntrack': {
      const excluded = [...(match.notEstablished ? ['ESTABLISHED'] : []), ...(match.notTranslated ? ['DNAT'] : [])];
      return [
        '-m conntrack',
        excluded.length > 0 ? `! --ctstate ${excluded.join()}` : '',
        match.directionOriginal ? '--ctdir ORIGINAL' : match.directionReply ? '--ctdir REPLY' : '',
      ].filter((word) => word !== '');
    }
    case 'addrtype':
      return [
        '-m addrtype',
        `${match.invert ? '! ' : ''}--dst-type ${match.destinationTypes.join().toUpperCase()}`,
        match.limitInterface ? '--limit-iface-in' : '',
      ].filter((word) => word !== '');
    case 'socket':
      return ['-m socket'];
    case 'comment':
      return [];
    case 'unknown':
      return [`-m ${match.name}`];
  }
}

function targetText(target: TableTarget): string {
  switch (target.target) {
    case 'REDIRECT':
      return `REDIRECT --to-ports ${target.port}`;
    case 'DNAT':
      return `DNAT --to-destination ${hostText(target.address)}:${target.port}`;
    case 'MARK':
      return `MARK --set-xmark ${hex(target.value)}/${hex(target.mask)}`;
    case 'REJECT':
      return `REJECT --reject-with ${target.with}`;
    case 'jump':
    case 'goto':
      return target.chain;
    default:
      return target.target;
  }
}

function flagNames(bits: number): string {
  return ['FIN', 'SYN', 'RST', 'PSH', 'ACK', 'URG'].filter((_, bit) => (bits & (1 << bit)) !== 0).join() || 'NONE';
}

const hex = (bits: number) => `0x${bits.toString(16)}`;

function ports(option: string, span: PortSpan | undefined): string {
  if (span === undefined) return '';
  return span[0] === span[1] ? `${option} ${span[0]}` : `${option} ${span[0]}:${span[1]}`;
}

function address(option: string, { address: base, mask, invert }: AddressSpec): string {
  const whole = mask === '255.255.255.255' || mask === 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff';
  return `${invert ? '! ' : ''}${option} ${base}${whole ? '' : `/${mask}`}`;
}

function device(option: string, { name, invert }: InterfaceSpec): string {
  return `${invert ? '! ' : ''}${option} ${name}`;
}

function hostText(host: string | undefined): string {
  if (host === undefined) return '';
  return host.includes(':') ? `[${host}]` : host;
}
