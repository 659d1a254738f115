import type { Hex } from '../../../lib/backends/nft/expression';
import type { RulesetExpression } from '../../../lib/backends/nft/ruleset-expression';

type One<Expr extends RulesetExpression['expr']> = Extract<RulesetExpression, { readonly expr: Expr }>;

/** As libnftnl has them: words of the host's own, the last one filled up. */
function words(hex: Hex): string {
  const bytes = Buffer.from(hex, 'hex');
  const padded = Buffer.concat([bytes, Buffer.alloc((4 - (bytes.length % 4)) % 4)]);
  const all: string[] = [];
  for (let at = 0; at < padded.length; at += 4) {
    all.push(`0x${padded.readUInt32LE(at).toString(16).padStart(8, '0')}`);
  }
  return all.join(' ');
}

const hex = (value: number) => `0x${value.toString(16)}`;

const flag = (set: true | undefined) => (set ? 1 : 0);

const UNITS = new Map([
  [1, 'second'],
  [60, 'minute'],
  [3600, 'hour'],
]);

/** NF_NAT_RANGE_*, with those that the registers say. */
function natFlags(one: { flags?: number; addressReg?: number; portReg?: number }): number {
  return (one.flags ?? 0) | (one.addressReg === undefined ? 0 : 1) | (one.portReg === undefined ? 0 : 2);
}

function portRange(one: { portReg?: number; portMaxReg?: number }): string {
  const { portReg, portMaxReg = portReg } = one;
  return portReg === undefined ? '' : ` proto_min reg ${portReg} proto_max reg ${portMaxReg}`;
}

function natText(one: One<'nat'>): string {
  const { addressReg, addressMaxReg = addressReg } = one;
  const addresses = addressReg === undefined ? '' : ` addr_min reg ${addressReg} addr_max reg ${addressMaxReg}`;
  return `nat ${one.type} ${one.family}${addresses}${portRange(one)} flags ${hex(natFlags(one))}`;
}

function redirectText(one: One<'masq' | 'redir'>): string {
  const flags = natFlags(one);
  return `${one.expr}${portRange(one)}${flags === 0 ? '' : ` flags ${hex(flags)}`}`;
}

function payloadText(one: One<'payload'>): string {
  const place = `${one.length}b @ ${one.base} header + ${one.offset}`;
  if ('dreg' in one) return `payload load ${place} => reg ${one.dreg}`;
  const { checksumType = 0, checksumOffset = 0, checksumFlags = 0 } = one;
  return (
    `payload write reg ${one.sreg} => ${place} ` +
    `csum_type ${checksumType} csum_off ${checksumOffset} csum_flags ${hex(checksumFlags)}`
  );
}

function ctText(one: One<'ct'>): string {
  const direction = one.direction === undefined ? '' : ` , dir ${one.direction}`;
  return 'dreg' in one ? `ct load ${one.key} => reg ${one.dreg}${direction}` : `ct set ${one.key} with reg ${one.sreg}`;
}

function logText(one: One<'log'>): string {
  const bits = ['tcpseq', 'tcpopt', 'ipopt', 'uid', '', 'macdecode'];
  const flags = bits.filter((_, bit) => ((one.flags ?? 0) >> bit) & 1);
  const parts = [
    one.prefix === undefined ? [] : ['prefix', one.prefix],
    one.group === undefined ? ['level', `${one.level}`] : ['group', `${one.group}`],
    one.group === undefined ? flags : ['snaplen', `${one.snapLength ?? 0}`, 'qthreshold', `${one.queueThreshold ?? 0}`],
  ];
  return ['log', ...parts.flat()].join(' ');
}

function hashText(one: One<'hash'>): string {
  const { sreg, length, seed = 0, modulus, offset } = one;
  const of = one.type === 'jenkins' ? `jhash(reg ${sreg}, ${length}, ${hex(seed)})` : 'symhash()';
  return `hash reg ${one.dreg} = ${of} % mod ${modulus}${offset === undefined ? '' : ` offset ${offset}`}`;
}

function dynsetText(one: One<'dynset'>): string {
  const data = one.dataReg === undefined ? '' : ` sreg_data ${one.dataReg}`;
  const expressions = one.expressions?.map((each) => ` expr [ ${debugText(each)} ]`).join('') ?? '';
  return `dynset ${one.op} reg_key ${one.keyReg} set ${one.set}${data} timeout ${one.timeout ?? 0}ms${expressions}`;
}

function bitwiseText(one: One<'bitwise'>): string {
  if ('mask' in one) return `bitwise reg ${one.dreg} = ( reg ${one.sreg} & ${words(one.mask)} ) ^ ${words(one.xor)}`;
  return `bitwise reg ${one.dreg} = ( reg ${one.sreg} ${one.op === 'lshift' ? '<<' : '>>'} ${words(one.data)} )`;
}

function immediateText(one: One<'immediate'>): string {
  if ('data' in one) return `immediate reg ${one.dreg} ${words(one.data)}`;
  return `immediate reg 0 ${one.verdict}${'chain' in one ? ` -> ${one.chain}` : ''}`;
}

/** An expression as `nft --debug=netlink` (libnftnl 1.2.4) prints it, without its brackets. */
export function debugText(one: RulesetExpression): string {
  switch (one.expr) {
    case 'immediate':
      return immediateText(one);
    case 'cmp':
      return `cmp ${one.op} reg ${one.sreg} ${words(one.data)}`;
    case 'range':
      return `range ${one.op} reg ${one.sreg} ${words(one.from)} ${words(one.to)}`;
    case 'lookup':
      return `lookup reg ${one.sreg} set ${one.set}${one.dreg === undefined ? '' : ` dreg ${one.dreg}`} ${hex(flag(one.invert))}`;
    case 'meta':
      return 'dreg' in one ? `meta load ${one.key} => reg ${one.dreg}` : `meta set ${one.key} with reg ${one.sreg}`;
    case 'payload':
      return payloadText(one);
    case 'bitwise':
      return bitwiseText(one);
    case 'byteorder':
      return `byteorder reg ${one.dreg} = ${one.op}(reg ${one.sreg}, ${one.size}, ${one.length})`;
    case 'ct':
      return ctText(one);
    case 'exthdr': {
      const protocol = one.protocol === 'tcp' ? 'tcpopt' : one.protocol;
      const place = `${one.length}b @ ${one.type} + ${one.offset}${one.present ? ' present' : ''}`;
      return `exthdr load ${protocol} ${place} => reg ${one.dreg}`;
    }
    case 'fib': {
      const [present, flags] = [one.flags.endsWith(' . present'), one.flags.replace(' . present', '')];
      return `fib ${flags} ${one.result}${present ? ' present' : ''} => reg ${one.dreg}`;
    }
    case 'rt':
    case 'socket':
      return `${one.expr} load ${one.key} => reg ${one.dreg}`;
    case 'osf':
      return `osf dreg ${one.dreg}`;
    case 'xfrm':
      return `xfrm load ${one.direction} ${one.spnum} ${one.key} => reg ${one.dreg}`;
    case 'numgen':
      return `numgen reg ${one.dreg} = ${one.type === 'random' ? 'random' : 'inc'} mod ${one.modulus}`;
    case 'hash':
      return hashText(one);
    case 'counter':
      return `counter pkts ${one.packets} bytes ${one.bytes}`;
    case 'limit':
      return `limit rate ${one.rate}/${UNITS.get(one.unit)} burst ${one.burst} type ${one.type} flags ${hex(flag(one.invert))}`;
    case 'quota':
      return `quota bytes ${one.bytes} consumed ${one.consumed} flags ${flag(one.invert)}`;
    case 'connlimit':
      return `connlimit count ${one.count} flags ${flag(one.invert)}`;
    case 'log':
      return logText(one);
    case 'dynset':
      return dynsetText(one);
    case 'nat':
      return natText(one);
    case 'masq':
    case 'redir':
      return redirectText(one);
    case 'tproxy': {
      const family = one.family === 'inet' ? '' : ` ${one.family}`;
      const address = one.addressReg === undefined ? '' : ` addr reg ${one.addressReg}`;
      return `tproxy${family}${address}${one.portReg === undefined ? '' : ` port reg ${one.portReg}`}`;
    }
    case 'reject':
      return `reject type ${one.type} code ${one.code}`;
    case 'synproxy':
      return `synproxy mss ${one.mss} wscale ${one.windowScale}`;
    case 'match':
    case 'target':
      return `${one.expr} name ${one.name} rev ${one.revision}`;
    case 'notrack':
      return 'notrack';
    default:
      return `${one.expr}?`;
  }
}
