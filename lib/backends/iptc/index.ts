export { LegacyTables } from './backend';
export { COMMENT_PREFIX, chainPrefix, trackingChain } from './chains';
export { ANSWER_PREFIX, MARK_PREFIX } from './placement';
export { PortTree } from './port-tree';
export { usageOfLegacy } from './usage';
export { type Fingerprints, writeSteps } from './write-steps';
