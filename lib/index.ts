export type { CallOptions, PublishCallOptions } from './abort';
export type { BackendName } from './backends/backend';
export { type MemoryFailure, MemoryKernel } from './backends/memory';
export type { MemoryConnection } from './backends/memory-connections';
export type { ConfirmOptions } from './confirm/guard';
export type { PendingConfirmation } from './confirm/guardians';
export type { PendingStatus } from './confirm/protocol';
export type { DrainOptions } from './connections/drain';
export type { Ended } from './connections/end';
export type { Copy } from './copies/copy';
export type { ClearedCopies } from './copies/reader';
export type { StatusOptions } from './copies/status';
export { FirewallError, type FirewallErrorCode, type FirewallErrorDetails } from './errors';
export {
  Firewall,
  type InstalledRule,
  type Update,
} from './firewall';
export type { ForeignCode } from './foreign/finding';
export { openFirewall } from './open-firewall';
export type { FirewallOptions } from './options';
export { type FlowOptions, PublishedPort } from './published-port';
export { Applied, type NamedRule, type PlannedChange, type RollbackOptions } from './receipt';
export { type LoopbackOptions, type LoopbackRule, loopback } from './rules/loopback';
export type { Mark } from './rules/mark';
export { type MarkDropOptions, type MarkDropRule, markDrop } from './rules/mark-drop';
export type { Port } from './rules/port';
export type { Publication, PublishOptions } from './rules/publication';
export { type RedirectOptions, type RedirectRule, redirect } from './rules/redirect';
export type { Rule } from './rules/rule';
export type { RestoreOptions, SavedRules } from './saved-rules';
export type { PublishedCounters, PublishedStatus } from './status';
export type { Counters, Family, Protocol } from './tables/table-rule';
export type { Warning, WarningOptions } from './warnings';
export type { WatchOptions } from './watch/options';
export { type RuleHealing, type RuleLoss, type RuleObstruction, Watch, type WatchEvents } from './watch/watch';
