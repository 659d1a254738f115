export type { NativeBatch, NftAddon, NftSession } from './addon';
export { checkOwnership, NftTables } from './backend';
export { fillBatch } from './batch';
export {
  addressBytes,
  addressOf,
  hostWord,
  hostWordOf,
  INTERFACE_BYTES,
  numberBytes,
  textBytes,
  textOf,
} from './bytes';
export { CLOSED_OUTPUT, isChainName, isFormerSet, isTableOfAnOwner, tableName } from './chains';
export { ElementWriter } from './elements';
export { nftError } from './errors';
export { InstalledNft, type ReadElement } from './installed';
export type { NftElement, NftOperation } from './operation';
export { collectRuleset } from './read-ruleset';
export { RULE_COMMENT } from './rules';
export {
  commentOf,
  type NftRuleset,
  type RulesetChain,
  type RulesetElement,
  type RulesetRule,
  type RulesetSet,
} from './ruleset';
export type { RulesetExpression, RulesetVerdict } from './ruleset-expression';
export { parseSpec } from './spec';
