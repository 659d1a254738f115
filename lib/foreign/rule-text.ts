import type {
  AddressSpec,
  InterfaceSpec,
  PortSpan,
  TableMatch,
  TableRule,
  TableTarget,
  TcpFlags,
} from '../model/table-rule';
import { StructReader } from './xt-bytes';

/** Returns a rule in the words of iptables. Parts that portshift does not decode appear by their name only. */
export function ruleText(rule: TableRule): string {
  const { protocol, source, destination, inInterface, outInterface, matches, target } = rule;
  return [
    inInterface && option('-i', interfaceText(inInterface), inInterface.invert),
    outInterface && option('-o', interfaceText(outInterface), outInterface.invert),
    source && option('-s', addressText(source), source.invert),
    destination && option('-d', addressText(destination), destination.invert),
    protocol === undefined ? undefined : `-p ${protocol}`,
    ...matches.map(matchText),
    targetText(target),
  ]
    .filter((part) => part !== undefined && part !== '')
    .join(' ');
}

function option(name: string, value: string, invert: boolean | undefined): string {
  return `${invert === true ? '! ' : ''}${name} ${value}`;
}

function interfaceText({ name }: InterfaceSpec): string {
  return name;
}

function addressText({ address, mask }: AddressSpec): string {
  return /^(255\.255\.255\.255|ffff(:ffff){7})$/.test(mask) ? address : `${address}/${mask}`;
}

function portText([first, last]: PortSpan): string {
  return first === last ? String(first) : `${first}:${last}`;
}

/** The names of the flags of a TCP header, from the lowest bit of its byte. */
const FLAG_NAMES = ['FIN', 'SYN', 'RST', 'PSH', 'ACK', 'URG'] as const;

function flagsText([mask, set]: TcpFlags): string {
  const names = (bits: number) => FLAG_NAMES.filter((_, bit) => (bits & (1 << bit)) !== 0).join() || 'NONE';
  return `--tcp-flags ${names(mask)} ${names(set)}`;
}

function matchText(match: TableMatch): string {
  switch (match.match) {
    case 'tcp':
    case 'udp': {
      const ports = match.destinationPorts === undefined ? [] : [`--dport ${portText(match.destinationPorts)}`];
      const sources = match.sourcePorts === undefined ? [] : [`--sport ${portText(match.sourcePorts)}`];
      const flags = match.match === 'tcp' && match.flags !== undefined ? [flagsText(match.flags)] : [];
      const syn = match.match === 'tcp' && match.syn === true ? ['--syn'] : [];
      const notSyn = match.match === 'tcp' && match.notSyn === true ? ['! --syn'] : [];
      return [...sources, ...ports, ...flags, ...syn, ...notSyn].join(' ');
    }
    case 'mark':
      return `-m mark --mark 0x${match.value.toString(16)}/0x${match.mask.toString(16)}`;
    case 'addrtype': {
      const types = match.destinationTypes.join(',').toUpperCase();
      return `-m addrtype ${match.invert === true ? '! ' : ''}--dst-type ${types}`;
    }
    case 'comment':
      return '';
    case 'conntrack':
    case 'socket':
      return `-m ${match.match}`;
    case 'unknown':
      return extensionText(match.name, match.revision, match.data);
  }
}

/** Returns the text of a match that is given by its kernel bytes: its name, and the ports of `multiport`. */
export function extensionText(name: string, revision: number, data: Uint8Array): string {
  const struct = new StructReader(data);
  if (name !== 'multiport' || revision !== 1 || !struct.has(48)) return `-m ${name}`;
  const ports: string[] = [];
  for (let index = 0; index < Math.min(struct.byte(1), 15); index += 1) {
    const first = struct.half(2 + 2 * index);
    const beginsSpan = struct.byte(32 + index) !== 0;
    if (beginsSpan) index += 1;
    ports.push(beginsSpan ? `${first}:${struct.half(2 + 2 * index)}` : String(first));
  }
  const which = ['--sports', '--dports', '--ports'][struct.byte(0)] ?? '--ports';
  return `-m multiport ${struct.byte(47) === 0 ? '' : '! '}${which} ${ports.join(',')}`;
}

function targetText(target: TableTarget): string {
  switch (target.target) {
    case 'REDIRECT':
      return `-j REDIRECT --to-ports ${target.port}`;
    case 'DNAT': {
      const address = target.address ?? '';
      return `-j DNAT --to-destination ${address.includes(':') ? `[${address}]` : address}:${target.port}`;
    }
    case 'MARK':
      return `-j MARK --set-xmark 0x${target.value.toString(16)}/0x${target.mask.toString(16)}`;
    case 'jump':
      return `-j ${target.chain}`;
    case 'goto':
      return `-g ${target.chain}`;
    case 'none':
      return '';
    case 'unknown':
      return `-j ${target.name}`;
    default:
      return `-j ${target.target}`;
  }
}
