/**
 * World V, made after all constants were fixed and run for the report only: a market with jumps of
 * every size, seen through prices of whole ticks, tickers that are refreshed every few seconds, and
 * two camps of venues whose currencies differ a little in worth.
 */

import type { ObservedKind } from '../../src/core/quote.ts'
import { at, blankTape, epochMs, type Tape } from './tape.ts'
import { between, type Random, randomOf } from './random.ts'

const stepMs = 500
const stepSec = stepMs / 1_000
const secondsPerYear = 31_557_600
const bps = 1e-4

/** Variance a second returns to that of 55 % a year within about a quarter of an hour (CIR). */
const meanVariance = 0.55 ** 2 / secondsPerYear
const varianceReversionPerSec = 1 / 900
const varianceOfVariance = 0.8

/** Jumps (Kou 2002): three an hour, of exponential size. */
const jumpsPerSec = 3 / 3_600
const meanJump = 8 * bps

/** What a dollar of the second camp's currency differs by comes and goes in three quarters of an hour. */
const campSpread = 1.5 * bps
const campDecay = Math.exp(-stepSec / 2_700)

type Venue = {
  readonly meanPauseSec: number
  readonly noise: number
  readonly lean: number
  readonly tick: number
  readonly isOfSecondCamp: boolean
  readonly refreshMs: number
  readonly stamp: ObservedKind
  volume: number
  untilTradeSec: number
  price: number
  tradedAtMs: number
  /** What its ticker shows since it was last refreshed. */
  shownPrice: number
  shownAtMs: number
  shownVolume: number
  refreshedAtMs: number
}

type Market = { log: number; variance: number; camp: number }

/** A tape of world V without faults. The same seed gives the same tape. */
export function tapeOfWorldV(seed: number, sources: number, epochs: number): Tape {
  const random = randomOf('V', sources, seed)
  const tape = blankTape(sources, epochs)
  const startMs = at(tape.atMs, 0) - epochMs
  const market: Market = {
    log: between(random, Math.log(1e-3), Math.log(4e3)),
    variance: meanVariance,
    camp: campSpread * random.normal(),
  }
  const venues = Array.from({ length: sources }, () => venueOf(random, market, startMs))
  venues.forEach(({ noise, tick, stamp }, source) => {
    tape.observedKind[source] = stamp
    tape.statedErrorBps[source] = Math.hypot(noise, tick / 2) / bps
  })

  let nowMs = startMs
  for (let sighting = 0; sighting < tape.atMs.length; sighting += 1) {
    for (; nowMs < at(tape.atMs, sighting); nowMs += stepMs) {
      moveMarket(market, random)
      for (const venue of venues) stepVenue(venue, market, random, nowMs + stepMs)
    }
    tape.truth[sighting] = Math.exp(market.log)
    venues.forEach((venue, source) => show(tape, sighting * sources + source, venue, nowMs))
  }
  return tape
}

function venueOf(random: Random, market: Market, startMs: number): Venue {
  const price = Math.exp(market.log)
  const volume = 1_000 * random.exponential()
  const draw = random.uniform()
  return {
    meanPauseSec: Math.exp(between(random, Math.log(0.7), Math.log(25))),
    noise: between(random, 0.5, 3) * bps,
    lean: 0.8 * bps * random.laplace(),
    tick: between(random, 0.2, 3) * bps,
    isOfSecondCamp: random.uniform() < 0.5,
    refreshMs: Math.round(between(random, 0.5, 6)) * 1_000,
    stamp: draw < 0.4 ? 'trade' : draw < 0.7 ? 'ticker' : 'received',
    volume,
    untilTradeSec: 0,
    price,
    tradedAtMs: startMs,
    shownPrice: price,
    shownAtMs: startMs,
    shownVolume: volume,
    refreshedAtMs: startMs,
  }
}

function moveMarket(market: Market, random: Random): void {
  const { variance } = market
  market.log += Math.sqrt(variance * stepSec) * random.normal()
  if (random.uniform() < jumpsPerSec * stepSec) {
    market.log += (random.uniform() < 0.5 ? -1 : 1) * meanJump * random.exponential()
  }
  const pull = varianceReversionPerSec * (meanVariance - variance) * stepSec
  const shock =
    varianceOfVariance *
    Math.sqrt(2 * varianceReversionPerSec * meanVariance * variance * stepSec) *
    random.normal()
  market.variance = Math.max(meanVariance / 20, variance + pull + shock)
  market.camp =
    campDecay * market.camp + campSpread * Math.sqrt(1 - campDecay ** 2) * random.normal()
}

function stepVenue(venue: Venue, market: Market, random: Random, nowMs: number): void {
  venue.untilTradeSec -= stepSec
  if (venue.untilTradeSec <= 0) {
    const camp = venue.isOfSecondCamp ? market.camp : 0
    const log = market.log + venue.lean + camp + venue.noise * random.normal()
    venue.price = Math.exp(Math.round(log / venue.tick) * venue.tick)
    venue.tradedAtMs = nowMs
    venue.volume *= 1 + 1e-3 * random.normal()
    // The square of a normal number is gamma with shape 1/2 and mean 1: bursts and long pauses.
    venue.untilTradeSec = venue.meanPauseSec * random.normal() ** 2
  }
  if (nowMs - venue.refreshedAtMs < venue.refreshMs) return
  venue.refreshedAtMs = nowMs
  venue.shownPrice = venue.price
  venue.shownAtMs = venue.stamp === 'trade' ? venue.tradedAtMs : nowMs
  venue.shownVolume = venue.volume
}

function show(tape: Tape, cell: number, venue: Venue, nowMs: number): void {
  tape.price[cell] = venue.shownPrice
  tape.volume[cell] = venue.shownVolume
  tape.observedAtMs[cell] = venue.stamp === 'received' ? nowMs : venue.shownAtMs
}
