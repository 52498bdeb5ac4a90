/**
 * Makes the tape: `node local/exchanges/make-tape.ts` writes `tape.bin` anew, byte for byte the
 * same each time.
 *
 * A floating asset's return is part the market's and part its own; both have a volatility that
 * wanders, and now and then a jump that takes half a minute. A pegged asset is pulled back to its
 * peg. Every walk is bent so that it ends where it began, hence the tape loops without a seam.
 */

import { writeFileSync } from 'node:fs'
import { type Asset, assets } from './assets.ts'
import { type Random, randomOf } from './chance.ts'
import { tapeFile, tapeStepMs, tapeSteps, tapeUnit, writeTape } from './tape.ts'

const seed = 'chrono-tape-1'
const stepsPerYear = (365.25 * 86_400_000) / tapeStepMs

/** A step larger than this would leave venues that lag by seconds too far apart. */
const maxStepReturn = 0.003

/** Volatility wanders by this much (sd of its logarithm) and forgets within twenty minutes. */
const volatilitySpread = 0.45
const volatilityMemory = 1 - tapeStepMs / 1_200_000

/** A peg pulls back within about ten minutes. */
const pegMemory = 1 - tapeStepMs / 600_000

const jumpSteps = 8

/** The bytes of `tape.bin`. */
export function makeTape(): Uint8Array {
  const market = standardWalk(randomOf(`${seed} market`), 4)
  return writeTape(
    assets.map((asset) => ({
      base: asset.base,
      returns: closed(
        asset.kind === 'pegged' ? peggedReturns(asset) : floatingReturns(asset, market),
      ),
    })),
  )
}

function floatingReturns(asset: Asset, market: readonly number[]): number[] {
  const own = standardWalk(randomOf(`${seed} ${asset.base}`), 2)
  const ownShare = Math.sqrt(1 - asset.marketCorrelation ** 2)
  const scale = asset.volatility / Math.sqrt(stepsPerYear)
  return market.map((common, i) => {
    const step = scale * (asset.marketCorrelation * common + ownShare * (own[i] ?? 0))
    return Math.max(-maxStepReturn, Math.min(maxStepReturn, step))
  })
}

function peggedReturns(asset: Asset): number[] {
  const random = randomOf(`${seed} ${asset.base}`)
  const kick = asset.volatility * Math.sqrt(1 - pegMemory ** 2)
  let distance = 0
  return Array.from({ length: tapeSteps }, () => {
    const before = distance
    distance = pegMemory * distance + kick * random.normal()
    return distance - before
  })
}

/** Returns of mean square 1: normal ones times a wandering volatility, and a few jumps. */
function standardWalk(random: Random, jumps: number): number[] {
  const innovation = volatilitySpread * Math.sqrt(1 - volatilityMemory ** 2)
  let logVolatility = 0
  const steps = Array.from({ length: tapeSteps }, () => {
    logVolatility = volatilityMemory * logVolatility + innovation * random.normal()
    return Math.exp(logVolatility) * random.normal()
  })

  for (let jump = 0; jump < jumps; jump++) {
    const from = Math.floor(random.uniform() * tapeSteps)
    const size = (random.uniform() < 0.5 ? -1 : 1) * (8 + 8 * random.uniform())
    for (let i = 0; i < jumpSteps; i++) {
      const at = (from + i) % tapeSteps
      steps[at] = (steps[at] ?? 0) + size / jumpSteps
    }
  }

  const rms = Math.sqrt(steps.reduce((sum, step) => sum + step * step, 0) / tapeSteps)
  return steps.map((step) => step / rms)
}

/** The returns in the tape's unit, rounded and bent so that they add up to exactly nothing. */
function closed(returns: readonly number[]): Int16Array {
  const drift = returns.reduce((sum, step) => sum + step, 0) / returns.length
  const units = new Int16Array(returns.length)
  let walked = 0
  let written = 0
  returns.forEach((step, i) => {
    walked += step - drift
    const next = i === returns.length - 1 ? 0 : Math.round(walked / tapeUnit)
    units[i] = next - written
    written = next
  })
  return units
}

if (import.meta.main) writeFileSync(tapeFile, makeTape())
