/**
 * World T, on which the engine is tuned: a log-random walk of 70 % a year on a grid of one second,
 * with stochastic volatility and rare jumps, seen through the last trades of unequal sources.
 */

import { at, blankTape, epochMs, type Tape } from './tape.ts'
import { between, type Random, randomOf } from './random.ts'

const secondsPerYear = 31_557_600
const volPerRootSecond = 0.7 / Math.sqrt(secondsPerYear)

/** Log-volatility is pulled back to its mean in about half an hour, and strays from it by this. */
const volReversionPerSec = 1 / 1_800
const logVolSpread = 0.35

/** A jump in six hours, of this size. */
const jumpsPerSec = 1 / 21_600
const jumpSize = 0.004

/** Trades a second of the busiest source and of the quietest. */
const busiestPerSec = 1
const quietestPerSec = 0.05
const quietestOfManyPerSec = 0.02
const manySources = 9

/** Standard deviation of what a source has wrong all the time, and range of what changes by trade. */
const biasBps = 1.2
const leastNoiseBps = 1
const mostNoiseBps = 3.5

const startPrice = 100
const zipfVolume = 1_000_000

/** What a trade changes of a day's volume, as a share of it. */
const volumeStep = 1e-4
const bps = 1e-4

type Venue = {
  readonly tradeChance: number
  readonly bias: number
  readonly noise: number
  readonly volume: number
}

type Market = { log: number; logVol: number }

/** A tape of world T without faults. The same seed gives the same tape. */
export function tapeOfWorldT(seed: number, sources: number, epochs: number): Tape {
  const random = randomOf('T', sources, seed)
  const tape = blankTape(sources, epochs)
  const venues = Array.from({ length: sources }, (_, rank) => venueOf(rank, sources, random))
  venues.forEach(({ noise }, source) => {
    tape.statedErrorBps[source] = noise / bps
  })

  const market: Market = { log: Math.log(startPrice), logVol: 0 }
  const lastPrice = new Float64Array(sources).fill(startPrice)
  const volume = Float64Array.from(venues, (venue) => venue.volume)
  const startMs = at(tape.atMs, 0) - epochMs
  const lastAtMs = new Float64Array(sources).fill(startMs)

  let nowMs = startMs
  for (let sighting = 0; sighting < tape.atMs.length; sighting += 1) {
    for (; nowMs < at(tape.atMs, sighting); nowMs += 1_000) {
      step(market, random)
      venues.forEach((venue, source) => {
        if (random.uniform() >= venue.tradeChance) return
        lastPrice[source] = Math.exp(market.log + venue.bias + venue.noise * random.normal())
        lastAtMs[source] = nowMs + 1_000
        volume[source] = at(volume, source) * (1 + volumeStep * random.normal())
      })
    }
    tape.truth[sighting] = Math.exp(market.log)
    tape.price.set(lastPrice, sighting * sources)
    tape.observedAtMs.set(lastAtMs, sighting * sources)
    tape.volume.set(volume, sighting * sources)
  }
  return tape
}

/** Sources by rank: the first trades most and has the largest volume. */
function venueOf(rank: number, sources: number, random: Random): Venue {
  const quietest = sources >= manySources ? quietestOfManyPerSec : quietestPerSec
  const share = rank / Math.max(1, sources - 1)
  return {
    tradeChance: 1 - Math.exp(-busiestPerSec * (quietest / busiestPerSec) ** share),
    bias: biasBps * bps * random.normal(),
    noise: between(random, leastNoiseBps, mostNoiseBps) * bps,
    volume: zipfVolume / (rank + 1),
  }
}

/** One second of the true price. */
function step(market: Market, random: Random): void {
  const shock = logVolSpread * Math.sqrt(2 * volReversionPerSec) * random.normal()
  market.logVol += shock - volReversionPerSec * market.logVol
  market.log += volPerRootSecond * Math.exp(market.logVol) * random.normal()
  if (random.uniform() < jumpsPerSec) market.log += random.uniform() < 0.5 ? jumpSize : -jumpSize
}
