export {
  Firewall,
  type InstalledRule,
  type Update,
} from './api/firewall';
export { openFirewall } from './api/open-firewall';
export type { FirewallOptions } from './api/options';
export { type FlowOptions, PublishedPort } from './api/published-port';
export type { RestoreOptions, SavedRules } from './api/saved-rules';
export type { PublishedCounters, PublishedStatus, StatusOptions } from './api/status';
export type { BackendName } from './backends/backend';
export type { MemoryConnection } from './backends/memory';
export { type MemoryFailure, MemoryKernel } from './backends/memory';
export type { ConfirmOptions } from './confirm/guard';
export type { PendingConfirmation } from './confirm/guardians';
export type { PendingStatus } from './confirm/protocol';
export type { DrainOptions } from './connections/drain';
export type { Ended } from './connections/end';
export type { Copy } from './copies/copy';
export type { ClearedCopies } from './copies/reader';
export { Applied, type NamedRule, type PlannedChange, type RollbackOptions } from './engine/applied';
export type { ForeignCode } from './foreign/finding';
export type { Warning, WarningOptions } from './foreign/warnings';
export type { CallOptions, PublishCallOptions } from './model/call-options';
export { type LoopbackOptions, type LoopbackRule, loopback } from './model/loopback';
export type { Mark } from './model/mark';
export { type MarkDropOptions, type MarkDropRule, markDrop } from './model/mark-drop';
export type { Port } from './model/port';
export type { Publication, PublishOptions } from './model/publication';
export { type RedirectOptions, type RedirectRule, redirect } from './model/redirect';
export type { Rule } from './model/rule';
export type { Counters, Family, Protocol } from './model/table-rule';
export { FirewallError, type FirewallErrorCode, type FirewallErrorDetails } from './util/errors';
export type { WatchOptions } from './watch/options';
export { type RuleHealing, type RuleLoss, type RuleObstruction, Watch, type WatchEvents } from './watch/watch';
