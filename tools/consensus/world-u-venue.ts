/**
 * A venue of world U: trades set off trades, go through at the bid or the ask, follow the market late,
 * and are shown later still, under a date of the venue's own choosing.
 */

import type { ObservedKind } from '../../src/core/quote.ts'
import { between, type Random } from './random.ts'
import { at, type Tape } from './tape.ts'

/** The grid of world U. */
export const stepMs = 250
export const stepSec = stepMs / 1_000

const bps = 1e-4

/** Trades that a trade sets off in the next seconds: at the same venue, and anywhere. */
const ownOffspring = 0.5
const sharedOffspring = 0.25
const excitementSec = 4

/** What of the excitement is left after a step. */
export const excitementDecay = Math.exp(-stepSec / excitementSec)

/** The side of a trade is the side of the one before, this often. */
const sidePersistence = 0.75

/** A venue's premium over the market comes and goes in about 20 minutes. */
const premiumBps = 1
const premiumDecay = Math.exp(-stepSec / 1_200)

/** What a trade changes of a day's volume, as a share of it. */
const volumeStep = 1e-3

/** Looks back this far; no venue's latency is longer. */
const longestLatencySteps = 12

export type Venue = {
  readonly ratePerSec: number
  readonly followShare: number
  readonly halfSpread: number
  readonly roughness: number
  readonly latencySteps: number
  readonly stamp: ObservedKind
  volume: number
  log: number
  premium: number
  /** Trades a second beyond its own rate. */
  excitement: number
  side: number
  /** Ring of what it showed in the last steps. */
  readonly priceRing: Float64Array
  readonly atRing: Float64Array
}

/** What of the market a venue goes by. */
export type Tide = {
  /** Logarithm of the true price. */
  readonly log: number
  /** Share by which all venues trade more than by themselves. */
  commotion: number
  readonly tradesPerSec: number
}

/** Rates, spreads and volumes are drawn by themselves: the largest volume need not trade most. */
export function venueOf(random: Random, startLog: number, startMs: number): Venue {
  const draw = random.uniform()
  const stamp: ObservedKind = draw < 0.5 ? 'trade' : draw < 0.8 ? 'response' : 'received'
  return {
    ratePerSec: Math.exp(between(random, Math.log(0.03), Math.log(3))),
    followShare: 1 - Math.exp(-stepSec / between(random, 0.05, 3)),
    halfSpread: Math.exp(between(random, Math.log(0.3), Math.log(3.5))) * bps,
    roughness: between(random, 0.2, 1.5) * bps,
    latencySteps: 1 + Math.floor(between(random, 0, longestLatencySteps - 2)),
    stamp,
    volume: 10_000 * Math.exp(1.3 * random.normal()),
    log: startLog,
    premium: premiumBps * bps * random.normal(),
    excitement: 0,
    side: 1,
    priceRing: new Float64Array(longestLatencySteps).fill(Math.exp(startLog)),
    atRing: new Float64Array(longestLatencySteps).fill(startMs),
  }
}

/** A step of a venue, which ends at `nowMs`: its own price follows the market's, and it may trade. */
export function stepVenue(venue: Venue, market: Tide, random: Random, nowMs: number): void {
  moveVenue(venue, market, random)
  trade(venue, market, random, nowMs)
}

function moveVenue(venue: Venue, market: Tide, random: Random): void {
  venue.log += venue.followShare * (market.log - venue.log)
  venue.premium =
    premiumDecay * venue.premium +
    premiumBps * bps * Math.sqrt(1 - premiumDecay * premiumDecay) * random.normal()
  venue.excitement *= excitementDecay
}

/** Trades at the bid or the ask, if it trades, and remembers what it shows at this step. */
function trade(venue: Venue, market: Tide, random: Random, nowMs: number): void {
  const slot = Math.round(nowMs / stepMs) % longestLatencySteps
  const before = (slot + longestLatencySteps - 1) % longestLatencySteps
  const rate = venue.ratePerSec * (1 + market.commotion) + venue.excitement
  if (random.uniform() >= 1 - Math.exp(-rate * stepSec)) {
    venue.priceRing[slot] = at(venue.priceRing, before)
    venue.atRing[slot] = at(venue.atRing, before)
    return
  }
  if (random.uniform() >= sidePersistence) venue.side = -venue.side
  const wobble = venue.side * venue.halfSpread + venue.roughness * random.laplace()
  venue.priceRing[slot] = Math.exp(venue.log + venue.premium + wobble)
  venue.atRing[slot] = nowMs
  venue.volume *= 1 + volumeStep * random.normal()
  venue.excitement += ownOffspring / excitementSec
  market.commotion += sharedOffspring / (excitementSec * market.tradesPerSec)
}

/** Writes what a venue is seen to show, its latency ago. */
export function show(tape: Tape, cell: number, venue: Venue, nowMs: number): void {
  const seenMs = nowMs - venue.latencySteps * stepMs
  const slot = Math.round(seenMs / stepMs) % longestLatencySteps
  tape.price[cell] = at(venue.priceRing, slot)
  tape.volume[cell] = venue.volume
  tape.observedAtMs[cell] = stampOf(venue.stamp, at(venue.atRing, slot), seenMs, nowMs)
}

function stampOf(stamp: ObservedKind, tradedAtMs: number, seenMs: number, nowMs: number): number {
  if (stamp === 'trade') return tradedAtMs
  return stamp === 'response' ? seenMs : nowMs
}
