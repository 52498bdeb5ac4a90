/**
 * The tape with stablecoins that may lose their peg: from an instant on, and for every venue alike,
 * a coin is worth a part of what the tape says.
 */

import { z } from 'zod'
import type { Tape } from './tape.ts'

/** What a coin is worth against the tape: 0.9 is ten cents lost. */
const factorSchema = z.number().positive().max(10)

export const pegsSchema = z.strictObject({
  pegs: z.strictObject({ USDT: factorSchema.default(1), USDC: factorSchema.default(1) }).default({
    USDT: 1,
    USDC: 1,
  }),
})
export type BrokenPegs = z.infer<typeof pegsSchema>['pegs']

export type BreakableTape = {
  readonly tape: Tape
  readonly pegs: () => BrokenPegs
  /** Breaks or mends pegs from an instant on, Unix milliseconds; what was before stays as it was. */
  readonly breakPegs: (pegs: BrokenPegs, fromMs: number) => void
}

type Break = { readonly pegs: BrokenPegs; readonly fromMs: number }

/** Breaks that are remembered: a day of prices looks back at those before the last one. */
const maxBreaks = 16

export function breakableTape(tape: Tape): BreakableTape {
  const sound = pegsSchema.parse({}).pegs
  /** Newest first. */
  let breaks: readonly Break[] = []

  const factorOf = (base: string, atMs: number): number => {
    if (base !== 'USDT' && base !== 'USDC') return 1
    return breaks.find(({ fromMs }) => atMs >= fromMs)?.pegs[base] ?? 1
  }
  return {
    tape: {
      loopMs: tape.loopMs,
      usdPrice: (base, atMs) => tape.usdPrice(base, atMs) * factorOf(base, atMs),
    },
    pegs: () => breaks[0]?.pegs ?? sound,
    breakPegs: (pegs, fromMs) => {
      breaks = [{ pegs, fromMs }, ...breaks].slice(0, maxBreaks)
    },
  }
}
