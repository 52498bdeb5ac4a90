/**
 * The tape: what every asset is worth in US dollars at any instant.
 *
 * `tape.bin` holds a few hours of log-returns, played in a loop by the wall clock, so that two
 * processes agree and a restart does not jump back. Below them runs a tide of days, so that no day
 * is quite like the one before. The file is a line of JSON, then 16-bit little-endian returns, one
 * asset after the other:
 *
 *     {"version":1,"stepMs":…,"steps":…,"unit":…,"bases":[…]}\n  returns of bases[0], bases[1], …
 */

import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { OracleError } from '../../src/protocol/errors.ts'
import { type Asset, assetByBase } from './assets.ts'
import { hash, jitter } from './chance.ts'

export const tapeFile = fileURLToPath(new URL('tape.bin', import.meta.url))

export const tapeStepMs = 5_000
/** 3 h 45 min: no divisor of a day, or the price of 24 hours ago would always be the present one. */
export const tapeSteps = 2_700
/** A return of 1 on the tape is this log-return. */
export const tapeUnit = 1e-6

export type Tape = {
  /** Length of one loop, milliseconds. */
  readonly loopMs: number
  /**
   * US dollars for one unit of an asset at an instant (Unix milliseconds).
   *
   * @throws {TapeError} `asset-unknown` if the tape does not have the asset.
   */
  readonly usdPrice: (base: string, atMs: number) => number
}

const headerSchema = z.strictObject({
  version: z.literal(1),
  stepMs: z.int().positive(),
  steps: z.int().positive(),
  unit: z.number().positive(),
  bases: z.array(z.string()).min(1),
})

type Track = {
  readonly asset: Asset
  /** Log of the price against the level at the start of each step, and at the end of the last. */
  readonly offsets: Float64Array
  readonly tides: readonly Wave[]
}

type Wave = { readonly periodMs: number; readonly phase: number; readonly amplitude: number }

/** What `tape.bin` looks like for these returns, each array in the tape's unit and adding up to 0. */
export function writeTape(
  tracks: readonly { readonly base: string; readonly returns: Int16Array }[],
): Uint8Array {
  const header = Buffer.from(
    `${JSON.stringify({
      version: 1,
      stepMs: tapeStepMs,
      steps: tapeSteps,
      unit: tapeUnit,
      bases: tracks.map(({ base }) => base),
    })}\n`,
  )
  const body = Buffer.alloc(tracks.length * tapeSteps * 2)
  tracks.forEach(({ returns }, track) => {
    returns.forEach((step, i) => body.writeInt16LE(step, (track * tapeSteps + i) * 2))
  })
  return Buffer.concat([header, body])
}

/**
 * Reads a tape out of the bytes of its file.
 *
 * @throws {TapeError} `tape-malformed` if the bytes are no tape.
 */
export function readTape(bytes: Uint8Array): Tape {
  const file = Buffer.from(bytes)
  const bodyAt = file.indexOf('\n') + 1
  const header = headerSchema.parse(JSON.parse(file.subarray(0, bodyAt).toString()))
  if (file.length - bodyAt !== header.bases.length * header.steps * 2) {
    throw new TapeError('tape-malformed', `The tape has ${file.length} bytes, which do not fit.`)
  }

  const tracks = new Map(
    header.bases.map((base, i) => [
      base,
      trackOf(base, file.subarray(bodyAt + i * header.steps * 2), header),
    ]),
  )
  const { stepMs, steps } = header

  return {
    loopMs: stepMs * steps,

    usdPrice(base, atMs) {
      const track = tracks.get(base)
      if (track === undefined) throw new TapeError('asset-unknown', `The tape has no ${base}.`)

      const at = (((atMs / stepMs) % steps) + steps) % steps
      const step = Math.floor(at)
      const from = track.offsets[step] ?? 0
      const to = track.offsets[step + 1] ?? 0
      const tide = track.tides.reduce((sum, wave) => sum + heightOf(wave, atMs), 0)
      return track.asset.levelUsd * Math.exp(from + (to - from) * (at - step) + tide)
    },
  }
}

/** The bundled tape. */
export function loadTape(): Tape {
  return readTape(readFileSync(tapeFile))
}

function trackOf(base: string, body: Buffer, header: z.infer<typeof headerSchema>): Track {
  const asset = assetByBase.get(base)
  if (asset === undefined) throw new TapeError('asset-unknown', `No level is known for ${base}.`)

  const offsets = new Float64Array(header.steps + 1)
  let units = 0
  for (let i = 0; i < header.steps; i++) {
    units += body.readInt16LE(i * 2)
    offsets[i + 1] = units * header.unit
  }
  return { asset, offsets, tides: asset.kind === 'pegged' ? [] : tidesOf(asset) }
}

const dayMs = 86_400_000

/** Days of the market and days of the asset itself; slow beside the tape, so nothing jumps. */
function tidesOf({ base, volatility, marketCorrelation }: Asset): Wave[] {
  const own = hash(base)
  const common = volatility * marketCorrelation
  return [
    { periodMs: 2.9 * dayMs, phase: 0.4, amplitude: 0.04 * common },
    { periodMs: 11.3 * dayMs, phase: 2.2, amplitude: 0.05 * common },
    { periodMs: (2.3 + jitter(own, 1)) * dayMs, phase: own % 7, amplitude: 0.025 * volatility },
  ]
}

function heightOf({ periodMs, phase, amplitude }: Wave, atMs: number): number {
  return amplitude * Math.sin((2 * Math.PI * atMs) / periodMs + phase)
}

export class TapeError extends OracleError<'tape-malformed' | 'asset-unknown'> {}
