import type { PublishOptions } from '../../../lib';

/** Enough that publishing them takes a while. */
export const PORTS = Array.from({ length: 300 }, (_, index) => ({
  name: `p${index}`,
  port: 10_000 + index,
  targetPort: 20_000 + index,
})) satisfies PublishOptions[];
