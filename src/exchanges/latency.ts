/** How long a source took to answer of late: a bounded memory, and what can be said of it. */

import { sortAscending } from '../core/sort-ascending.ts'

/** Answers that are remembered: half an hour at the usual cadence, and 300 bytes a source. */
export const rememberedLatencies = 60

export type Percentiles = { readonly p50: number; readonly p90: number; readonly p99: number }

/** The memory with one more answer in it, milliseconds; the oldest falls out. */
export function withLatency(past: readonly number[], latencyMs: number): readonly number[] {
  return [...past, Math.round(latencyMs)].slice(-rememberedLatencies)
}

/** What half, nine tenths and all but a hundredth of the answers took at most; undefined of none. */
export function percentilesOf(past: readonly number[]): Percentiles | undefined {
  const sorted = sortAscending([...past])
  const at = (share: number): number => sorted[Math.ceil(share * sorted.length) - 1] ?? 0
  return sorted.length === 0 ? undefined : { p50: at(0.5), p90: at(0.9), p99: at(0.99) }
}
