/**
 * World U, which no constant was ever tuned on: returns with heavy tails, GARCH and regimes, seen
 * through venues that trade in bursts, bounce between bid and ask, and are late.
 */

import { at, blankTape, epochMs, type Tape } from './tape.ts'
import { between, type Random, randomOf } from './random.ts'
import {
  excitementDecay,
  show,
  stepMs,
  stepSec,
  stepVenue,
  type Tide,
  venueOf,
} from './world-u-venue.ts'

const secondsPerYear = 31_557_600
const bps = 1e-4

/** Volatility a year in calm, ordinary and stormy hours, and how often each of them sets in. */
const regimes = [
  { vol: 0.25, share: 0.35 },
  { vol: 0.7, share: 0.55 },
  { vol: 2.2, share: 0.1 },
] as const
const regimeChangesPerSec = 1 / 2_400

/** GARCH(1,1) of a step's variance about its regime's. */
const garchShock = 0.02
const garchMemory = 0.978

type Market = Tide & { log: number; variance: number; vol: number }

/** A tape of world U without faults. The same seed gives the same tape. */
export function tapeOfWorldU(seed: number, sources: number, epochs: number): Tape {
  const random = randomOf('U', sources, seed)
  const tape = blankTape(sources, epochs)
  const startLog = between(random, Math.log(2e-5), Math.log(1e5))
  const startMs = at(tape.atMs, 0) - epochMs
  const venues = Array.from({ length: sources }, () => venueOf(random, startLog, startMs))
  venues.forEach(({ halfSpread, roughness, stamp }, source) => {
    tape.observedKind[source] = stamp
    tape.statedErrorBps[source] = Math.hypot(halfSpread, roughness) / bps
  })

  const market: Market = {
    log: startLog,
    variance: stepVariance(regimes[1].vol),
    vol: regimes[1].vol,
    commotion: 0,
    tradesPerSec: venues.reduce((sum, { ratePerSec }) => sum + ratePerSec, 0),
  }
  let stepIndex = 0
  for (let sighting = 0; sighting < tape.atMs.length; sighting += 1) {
    const untilStep = Math.round((at(tape.atMs, sighting) - startMs) / stepMs)
    for (; stepIndex < untilStep; stepIndex += 1) {
      moveMarket(market, random)
      for (const venue of venues) {
        stepVenue(venue, market, random, startMs + (stepIndex + 1) * stepMs)
      }
    }
    tape.truth[sighting] = Math.exp(market.log)
    venues.forEach((venue, source) => {
      show(tape, sighting * sources + source, venue, at(tape.atMs, sighting))
    })
  }
  return tape
}

function moveMarket(market: Market, random: Random): void {
  if (random.uniform() < regimeChangesPerSec * stepSec) market.vol = drawnVol(random)
  const shock = Math.sqrt(market.variance) * random.heavy()
  market.log += shock
  market.variance =
    (1 - garchShock - garchMemory) * stepVariance(market.vol) +
    garchShock * shock * shock +
    garchMemory * market.variance
  market.commotion *= excitementDecay
}

function drawnVol(random: Random): number {
  let draw = random.uniform()
  for (const { vol, share } of regimes) {
    draw -= share
    if (draw < 0) return vol
  }
  return regimes[1].vol
}

function stepVariance(volPerYear: number): number {
  return (volPerYear * volPerYear * stepSec) / secondsPerYear
}
