/**
 * What to do about a source at one instant: to ask it here, to have it asked from another region, to
 * repeat what it said, or to leave it alone. Decided from what is remembered of it, and nothing else.
 */

import { circuitStateAt } from './circuit.ts'
import type { Exchange } from './exchange.ts'
import { addressAt, type MarketsToAsk, marketsWorthAsking, type SourceHealth } from './health.ts'

export type Turn =
  | (MarketsToAsk & {
      readonly kind: 'ask'
      /** Its circuit is half open: one small request first. */
      readonly isProbe: boolean
      /** Which of its addresses to begin with. */
      readonly address: number
    })
  /** It refuses this place, and its fallback region may be asked. */
  | { readonly kind: 'elsewhere' }
  /** It was asked a moment ago, and its last tickers are what they were. */
  | { readonly kind: 'repeat' }
  | { readonly kind: 'silence'; readonly code: string; readonly message: string }

/**
 * Ticks come at their instants give or take a little. Without the slack every second one would find
 * its source asked a few milliseconds too lately.
 */
const paceSlackMs = 250

/** From this share of its limit on a source is asked at a quarter of its pace. */
const crowdedShare = 0.8
const crowdedFactor = 4

/**
 * @param isMovable Whether somebody in the source's fallback region can ask it.
 * @param atMs Unix milliseconds.
 */
export function turnOf(
  health: SourceHealth,
  {
    exchange,
    markets,
    isMovable,
  }: {
    readonly exchange: Pick<Exchange, 'minIntervalMs'>
    readonly markets: readonly string[]
    readonly isMovable: boolean
  },
  atMs: number,
): Turn {
  const state = circuitStateAt(health.circuit, atMs)
  if (state === 'open') {
    return isMovable && isBlocked(health) ? { kind: 'elsewhere' } : restOf(health, atMs)
  }
  const toAsk = marketsWorthAsking(health, markets, atMs)
  if (toAsk.markets.length + toAsk.doubted.length === 0) {
    return { kind: 'silence', code: 'market-refused', message: 'Every market was refused of late.' }
  }
  if (atMs < nextAskAtMs(health, exchange)) return { kind: 'repeat' }
  return {
    kind: 'ask',
    ...toAsk,
    isProbe: state === 'half-open',
    address: addressAt(health, atMs),
  }
}

/** Whether the place itself is refused, so that another one may do better. */
export function isBlocked({ circuit }: SourceHealth): boolean {
  return circuit?.isBlocked === true
}

/** When a source may be asked again by its own pace, Unix milliseconds. */
function nextAskAtMs(
  { lastAskedAtMs, usedShare = 0 }: SourceHealth,
  { minIntervalMs }: Pick<Exchange, 'minIntervalMs'>,
): number {
  if (lastAskedAtMs === undefined) return 0
  const factor = usedShare >= crowdedShare ? crowdedFactor : 1
  return lastAskedAtMs + minIntervalMs * factor - paceSlackMs
}

function restOf({ circuit, lastError }: SourceHealth, atMs: number): Turn {
  const waitSec = Math.ceil(((circuit?.untilMs ?? atMs) - atMs) / 1_000)
  const why = lastError ? ` (${lastError.message})` : ''
  return {
    kind: 'silence',
    code: circuit?.code ?? 'unreachable',
    message: `Left alone for another ${waitSec} s${why}`,
  }
}
