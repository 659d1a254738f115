import { invalidArgument } from '../util/errors';
import { checkObject } from './fields';

/** Bits of the packet mark: `value` under `mask`, as in iptables' `--set-xmark VALUE/MASK` (iptables-extensions(8)). */
export interface Mark {
  /** The value, 1 to 4294967295, in bits of the mask. */
  readonly value: number;
  /** The mask, 1 to 4294967295. All other bits are left as they are. */
  readonly mask: number;
}

function isWord(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= 0xffff_ffff;
}

/** @throws FirewallError ERR_INVALID_ARGUMENT */
export function checkMark(field: string, value: unknown): Mark | undefined {
  if (value === undefined) return undefined;
  const given = checkObject(field, value, ['value', 'mask']);
  const { value: bits, mask } = given;
  if (!isWord(bits)) throw invalidArgument(`${field}.value`, bits, 'a whole number from 1 to 4294967295 (32 bits)');
  if (!isWord(mask)) throw invalidArgument(`${field}.mask`, mask, 'a whole number from 1 to 4294967295 (32 bits)');
  if ((bits & ~mask) !== 0)
    throw invalidArgument(`${field}.value`, bits, `bits that lie in the mask 0x${mask.toString(16)}`);
  return { value: bits, mask };
}
