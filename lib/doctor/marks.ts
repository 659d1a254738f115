import type { TableMatch, TableTarget } from '../tables/table-rule';
import type { Facts } from './facts';
import type { Finding } from './finding';
import { at, isOwnTable, type Json } from './nft-ruleset';

const ALL_BITS = 0xffff_ffff;

/** Foreign rules that set or test the bits of the packet mark which the owner's rules deny by. */
export function markFindings({ legacy, nft, mark, owner }: Facts): Finding[] {
  const places: string[] = [];
  for (const { family, table, chain, rule } of legacy?.rules ?? []) {
    if (chain.startsWith(`${owner}.`) || isOurs(rule.matches)) continue;
    const bits = targetBits(rule.target) | rule.matches.reduce((all, match) => all | matchBits(match), 0);
    if ((bits & mark.mask) !== 0) places.push(`${family} ${table} ${chain}`);
  }
  if ('rules' in nft) {
    for (const { family, table, chain, statements } of nft.rules) {
      if (isOwnTable(table)) continue;
      const bits = statements.reduce<number>((all, statement) => all | statementBits(statement), 0);
      if ((bits & mark.mask) !== 0) places.push(`${family} ${table} ${chain}`);
    }
  }
  const where = [...new Set(places)];
  if (where.length === 0) return [];
  const hex = (value: number) => `0x${value.toString(16)}`;
  return [
    {
      level: 'warning',
      topic: 'mark',
      text: `foreign rules use mark bits of ${hex(mark.value)}/${hex(mark.mask)}, by which closed ports are denied: ${where.join(', ')}`,
      remedy: 'give openFirewall() another mark, { value, mask }, of one bit that nobody uses',
    },
  ];
}

function isOurs(matches: readonly TableMatch[]): boolean {
  return matches.some((match) => match.match === 'comment' && /^portshift( |$)/.test(match.comment));
}

function matchBits(match: TableMatch): number {
  return match.match === 'mark' ? match.mask : 0;
}

/** The bits that a target writes. CONNMARK and the older MARK are known by their bytes only (linux/netfilter/xt_connmark.h). */
function targetBits(target: TableTarget): number {
  if (target.target === 'MARK') return target.mask | target.value;
  if (target.target !== 'unknown') return 0;
  const { name, revision, data } = target;
  const word = (offset: number) => new DataView(data.buffer, data.byteOffset, data.byteLength).getUint32(offset, true);
  const restores = name === 'CONNMARK' && revision > 0 && data.byteLength >= 13 && data[12] === 2;
  if (restores) return word(8);
  return name === 'MARK' ? ALL_BITS : 0;
}

/** `meta mark ...` in a match, or `meta mark set ...`. */
function statementBits(statement: Json): number {
  const isMark = (value: Json | undefined) => at(value, 'meta', 'key') === 'mark';
  const set = at(statement, 'mangle');
  if (set !== undefined && isMark(at(set, 'key'))) return writtenBits(at(set, 'value'));
  const left = at(statement, 'match', 'left');
  if (isMark(left)) return ALL_BITS;
  const masked = at(left, '&');
  if (Array.isArray(masked) && masked.some(isMark)) return number(masked.find((one) => typeof one === 'number'));
  return 0;
}

/** The bits that `mark & A | B` changes are those outside A and those of B. */
function writtenBits(value: Json | undefined): number {
  for (const [operator, bits] of [
    ['|', (constant: number) => constant],
    ['^', (constant: number) => constant],
    ['&', (constant: number) => ~constant],
  ] as const) {
    const operands = at(value, operator);
    if (!Array.isArray(operands)) continue;
    const constant = operands.find((one) => typeof one === 'number');
    const rest = operands.find((one) => typeof one !== 'number');
    if (constant === undefined) return ALL_BITS;
    return bits(number(constant)) | (at(rest, 'meta', 'key') === 'mark' ? 0 : writtenBits(rest));
  }
  return ALL_BITS;
}

function number(value: Json | undefined): number {
  return typeof value === 'number' ? value : ALL_BITS;
}
