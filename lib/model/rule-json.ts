import type { AddressSpec, InterfaceSpec, TableMatch, TableRule, TableTarget } from './table-rule';

/**
 * Returns a rule as JSON. The bytes of a module's own data are hexadecimal digits, and fields that are false are left
 * out. Equal rules have equal text; native/iptables/codec/rule_writer.cc writes the same text, so that texts can be compared. A
 * change writes every rule that it is about, and JSON.stringify takes four times as long.
 */
export function ruleJson(rule: TableRule): string {
  const { protocol, source, destination, inInterface, outInterface, otherFlags, matches, target } = rule;
  let text = '{';
  if (protocol !== undefined) text += `"protocol":${typeof protocol === 'number' ? protocol : `"${protocol}"`},`;
  if (source !== undefined) text += `"source":${addressJson(source)},`;
  if (destination !== undefined) text += `"destination":${addressJson(destination)},`;
  if (inInterface !== undefined) text += `"inInterface":${interfaceJson(inInterface)},`;
  if (outInterface !== undefined) text += `"outInterface":${interfaceJson(outInterface)},`;
  if (otherFlags === true) text += '"otherFlags":true,';
  let list = '';
  for (const match of matches) list += `${list === '' ? '' : ','}${matchJson(match)}`;
  return `${text}"matches":[${list}],"target":${targetJson(target)}}`;
}

/** Matches text in which every character stands for itself in JSON. */
const PLAIN = /^[ !#-[\]-~]*$/;

export function textJson(text: string): string {
  return PLAIN.test(text) ? `"${text}"` : JSON.stringify(text);
}

function addressJson({ address, mask, invert }: AddressSpec): string {
  return `{"address":${textJson(address)},"mask":${textJson(mask)}${flag('invert', invert)}}`;
}

function interfaceJson({ name, invert }: InterfaceSpec): string {
  return `{"name":${textJson(name)}${flag('invert', invert)}}`;
}

/** Returns a true field with a comma before it, and an empty string for any other value. */
function flag(name: string, value: boolean | undefined): string {
  return value === true ? `,"${name}":true` : '';
}

function matchJson(match: TableMatch): string {
  switch (match.match) {
    case 'tcp':
      return (
        `{"match":"tcp"${portsJson(match)}${pairJson('flags', match.flags)}` +
        `${flag('syn', match.syn)}${flag('notSyn', match.notSyn)}}`
      );
    case 'udp':
      return `{"match":"udp"${portsJson(match)}}`;
    case 'mark':
      return `{"match":"mark","value":${match.value},"mask":${match.mask}}`;
    case 'conntrack':
      return (
        `{"match":"conntrack"${flag('notEstablished', match.notEstablished)}` +
        `${flag('notTranslated', match.notTranslated)}${flag('directionOriginal', match.directionOriginal)}` +
        `${flag('directionReply', match.directionReply)}}`
      );
    case 'addrtype':
      return (
        `{"match":"addrtype","destinationTypes":["${match.destinationTypes.join('","')}"]` +
        `${flag('invert', match.invert)}${flag('limitInterface', match.limitInterface)}}`
      );
    case 'socket':
      return '{"match":"socket"}';
    case 'comment':
      return `{"match":"comment","comment":${textJson(match.comment)}}`;
    case 'unknown':
      return `{"match":"unknown",${extensionJson(match)}}`;
  }
}

function portsJson({ destinationPorts, sourcePorts }: Extract<TableMatch, { match: 'tcp' | 'udp' }>): string {
  return pairJson('destinationPorts', destinationPorts) + pairJson('sourcePorts', sourcePorts);
}

/** Returns the field with a comma before it, or an empty string if the pair is absent. */
function pairJson(name: string, pair: readonly [number, number] | undefined): string {
  return pair === undefined ? '' : `,"${name}":[${pair[0]},${pair[1]}]`;
}

function targetJson(target: TableTarget): string {
  switch (target.target) {
    case 'REDIRECT':
      return `{"target":"REDIRECT","port":${target.port}}`;
    case 'DNAT': {
      const { address, port } = target;
      return `{"target":"DNAT"${address === undefined ? '' : `,"address":${textJson(address)}`},"port":${port}}`;
    }
    case 'MARK':
      return `{"target":"MARK","value":${target.value},"mask":${target.mask}}`;
    case 'REJECT':
      return `{"target":"REJECT","with":"${target.with}"}`;
    case 'jump':
    case 'goto':
      return `{"target":"${target.target}","chain":${textJson(target.chain)}}`;
    case 'unknown':
      return `{"target":"unknown",${extensionJson(target)}}`;
    default:
      return `{"target":"${target.target}"}`;
  }
}

interface Extension {
  readonly name: string;
  readonly revision: number;
  readonly data: Uint8Array;
}

function extensionJson({ name, revision, data }: Extension): string {
  return `"name":${textJson(name)},"revision":${revision},"data":"${Buffer.from(data).toString('hex')}"`;
}

/** Parses the text of a rule, as the inverse of ruleJson(). */
export function parseRule(text: string): TableRule {
  return withBytes(JSON.parse(text));
}

/** Returns a rule of parsed JSON, with bytes in place of the digits that stand for them. */
export function withBytes(rule: TableRule): TableRule {
  if (!hasBytes(rule.target) && !rule.matches.some(hasBytes)) return rule;
  return { ...rule, matches: rule.matches.map(readPart), target: readPart(rule.target) };
}

type Part = TableMatch | TableTarget;

function hasBytes(one: Part): one is Part & { readonly data: Uint8Array } {
  return 'data' in one;
}

function readPart<T extends Part>(one: T): T {
  return hasBytes(one) ? { ...one, data: new Uint8Array(Buffer.from(String(one.data), 'hex')) } : one;
}
