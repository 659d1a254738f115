/**
 * Returns the same number in V8's representation of small integers, if it is one. A number that was read from a
 * Float64Array is an object wherever it is stored.
 */
export function smallNumber(value: number): number {
  const small = value | 0;
  return small === value ? small : value;
}
