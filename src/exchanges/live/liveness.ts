/**
 * Whether an open socket lives, judged by what is heard alone: it may die without a word, and then
 * no `close` ever comes. Two silences count: no word at all, and words without a ticker among them.
 */

import type { LiveEnd, Moment } from './event.ts'
import { type LiveRules, lifetimeMs } from './rules.ts'

/** All instants in Unix milliseconds. */
export type Liveness = {
  readonly sinceMs: number
  /** The last word of any kind, and the last ticker; the opening counts as both. */
  readonly heardAtMs: number
  readonly tickerAtMs: number
  readonly pingAtMs: number
  readonly renewAtMs: number
}

/** What else it takes to judge. */
export type Circumstances = {
  /** When somebody last wanted its tickers, Unix milliseconds. */
  readonly wantedAtMs: number
  /** It owes us tickers of something. */
  readonly isSubscribed: boolean
  readonly canPing: boolean
}

export type Verdict =
  | { readonly kind: 'well' }
  | { readonly kind: 'ping' }
  | { readonly kind: 'over'; readonly code: LiveEnd['code']; readonly message: string }

export function aliveAt({ nowMs, chance }: Moment, rules: LiveRules): Liveness {
  return {
    sinceMs: nowMs,
    heardAtMs: nowMs,
    tickerAtMs: nowMs,
    pingAtMs: nowMs + rules.pingEveryMs,
    renewAtMs: nowMs + lifetimeMs(chance, rules),
  }
}

export function verdictAt(
  liveness: Liveness,
  circumstances: Circumstances,
  nowMs: number,
  rules: LiveRules,
): Verdict {
  const end = endings.find(({ atMs }) => nowMs >= atMs(liveness, circumstances, rules))
  if (end !== undefined) return { kind: 'over', code: end.code, message: end.message }
  return circumstances.canPing && nowMs >= liveness.pingAtMs ? { kind: 'ping' } : { kind: 'well' }
}

/** When to judge next, Unix milliseconds. */
export function verdictDueAtMs(
  liveness: Liveness,
  circumstances: Circumstances,
  rules: LiveRules,
): number {
  const ends = endings.map(({ atMs }) => atMs(liveness, circumstances, rules))
  return Math.min(...ends, circumstances.canPing ? liveness.pingAtMs : never)
}

const never = Number.POSITIVE_INFINITY

/** In order of what is told if several are true. */
const endings: readonly {
  readonly code: LiveEnd['code']
  readonly message: string
  readonly atMs: (liveness: Liveness, circumstances: Circumstances, rules: LiveRules) => number
}[] = [
  {
    code: 'idle',
    message: 'Nobody asked for it any more.',
    atMs: (_, { wantedAtMs }, { idleAfterMs }) => wantedAtMs + idleAfterMs,
  },
  {
    code: 'silent',
    message: 'It said nothing any more, and never closed.',
    atMs: ({ heardAtMs }, _, { silentAfterMs }) => heardAtMs + silentAfterMs,
  },
  {
    code: 'tickerless',
    message: 'It went on speaking, and told of no market.',
    atMs: ({ tickerAtMs }, { isSubscribed }, { tickerlessAfterMs }) =>
      isSubscribed ? tickerAtMs + tickerlessAfterMs : never,
  },
  {
    code: 'renewed',
    message: 'Replaced for its age, before the exchange would cut it.',
    atMs: ({ renewAtMs }) => renewAtMs,
  },
]
