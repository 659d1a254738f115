export type { MemoryConnection } from './connections';
export { type MemoryFailure, MemoryKernel, MemorySession } from './session';
