import type { BackendName } from '../backends/backend';
import type { Copy } from '../copies/copy';
import type { FirewallError } from '../errors';
import type { PublishedStatus } from '../status';
import type { Family, Protocol, TableName, TableRule } from '../tables/table-rule';
import type { NftRuleset } from './nft-ruleset';

/** A built-in chain's policy or a rule of the legacy tables, and where it stands. */
export interface LegacyRule {
  readonly family: Family;
  readonly table: TableName;
  readonly chain: string;
  readonly rule: TableRule;
}

export interface LegacyPolicy {
  readonly family: Family;
  readonly table: TableName;
  readonly chain: string;
  readonly policy: string;
}

export interface LegacyTablesInUse {
  readonly rules: readonly LegacyRule[];
  readonly policies: readonly LegacyPolicy[];
}

export interface Listener {
  readonly protocol: Protocol;
  readonly address: string;
  readonly port: number;
}

/** Everything that the findings rest on; a part that could not be had says why. */
export interface Facts {
  readonly kernel: string;
  readonly backends: Readonly<Record<'iptc' | 'nft', FirewallError | undefined>>;
  /** The backend that was chosen, if any was usable. */
  readonly chosen: { readonly backend: BackendName; readonly reason: string } | undefined;
  readonly owner: string;
  readonly published: readonly PublishedStatus[];
  /** Rules of this owner in other places than its backend's. */
  readonly copies: readonly Copy[];
  readonly legacy: LegacyTablesInUse | undefined;
  readonly nft: NftRuleset | { readonly unknown: string };
  /** Undefined where they could not be looked at. */
  readonly listeners: readonly Listener[] | undefined;
  /** What could not be looked at, and why, in words. */
  readonly unseen: readonly string[];
}
