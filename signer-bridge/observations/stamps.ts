/** Instants and spans of time by the stamps of blocks. Pure. */

/** A span of block stamps, Unix milliseconds: its start is in it, its end is not. */
export type StampSpan = { readonly fromMs: number; readonly beforeMs: number }

/** The first stamp, in whole seconds, that is not before an instant. */
export function stampAt(ms: number): number {
  return Math.ceil(ms / 1_000)
}
