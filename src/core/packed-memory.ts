/**
 * A feed's memory as text and back: what survives an eviction. What behaviour is usual is not in it;
 * that is large, changes slowly, and is kept apart as bytes.
 */

import { type FeedMemory, memoryVersion } from './feed-memory.ts'

/** The memory as JSON, to the last digit, without the detector's. */
export function packedMemory(memory: FeedMemory): string {
  return JSON.stringify(memory, (key, value: unknown) => (key === 'anomaly' ? undefined : value))
}

/**
 * The memory that a text stands for, or undefined where another version wrote it: what was learnt
 * under other rules is learnt anew.
 *
 * @param packed What `packedMemory` made.
 */
export function memoryOf(packed: string): FeedMemory | undefined {
  // A feed reads only what it wrote itself, with this type if the version is the same.
  const memory = JSON.parse(packed) as FeedMemory
  return memory.version === memoryVersion ? memory : undefined
}
