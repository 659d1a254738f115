import { invalidArgument } from '../util/errors';

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, '': 1_000 };
const LONGEST = 0x7fff_ffff;

/**
 * Converts a time such as `500ms`, `60s`, `10m` or `1h` to ms. A number without a unit is in seconds.
 * @throws FirewallError ERR_INVALID_ARGUMENT
 */
export function milliseconds(field: string, text: string, shortest: 0 | 1): number {
  const [, number, unit = ''] = /^([0-9]+(?:\.[0-9]{1,3})?)(ms|s|m|h)?$/.exec(text) ?? [];
  const time = Math.round(Number(number) * (UNITS[unit] ?? Number.NaN));
  if (time >= shortest && time <= LONGEST) return time;
  throw invalidArgument(
    field,
    text,
    `a time of up to 596 hours, such as 500ms, 60s, 10m or 1h${shortest ? ', above 0' : ''}`,
  );
}
