import { BANS } from './bans';
import { FILTERS } from './filters';
import type { KnownHost } from './known-host';
import { MARKS } from './marks';
import { TRACKING } from './tracking';
import { TRANSLATIONS } from './translations';
import { TUNNELS } from './tunnels';

/** Every host that the tests know, in the order of docs/hosts.md. */
export const KNOWN_HOSTS: readonly KnownHost[] = [
  ...FILTERS,
  ...BANS,
  ...MARKS,
  ...TRANSLATIONS,
  ...TUNNELS,
  ...TRACKING,
];
