/** The same number, held as V8 holds small ones: what comes out of a Float64Array is an object wherever it is kept. */
export function smallNumber(value: number): number {
  const small = value | 0;
  return small === value ? small : value;
}
