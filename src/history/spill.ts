/**
 * Where a batch waits when history does not take it: one object in the bucket, whose key goes
 * through the queue back to history. The object is what counts; the key in the queue only makes it
 * fast, and a sweep sends keys again that got lost. Rows that history refuses for good are set aside
 * alone.
 *
 *     insert ─✗─► spill/<name>.json ─► key ─► queue ─► insert ─► object deleted
 *        │               └────────── sweep ──────┘        │
 *        └─ rows refused for ever ─► spill-refused/<name>.json
 */

import { z } from 'zod'
import { OracleError } from '../protocol/errors.ts'
import { type Batch, batchSchema, type History } from './history.ts'
import { checked, isRefusal, sift } from './sift.ts'

/** What happened to a batch, one event each; none holds prices. */
export type SpillEvent = {
  readonly event:
    | 'batch-spilled'
    | 'batch-lost'
    | 'batch-drained'
    | 'batch-refused'
    | 'spill-put-failed'
    | 'spill-enqueue-failed'
  readonly key: string
  /** Rows that were refused. */
  readonly rows?: number
  /** Why history did not take it, or what else went wrong. */
  readonly code?: string
  readonly reason?: string
}

export type KeepDeps = {
  readonly insert: History['insert']
  readonly putObject: (key: string, body: string) => Promise<void>
  readonly enqueue: (key: string) => Promise<void>
  readonly log: (event: SpillEvent) => void
}

/**
 * - `stored`: history has it, but for the rows that it refuses; those the bucket has.
 * - `spilled`: the bucket has it, and history gets it later.
 * - `lost`: neither took it, or not all of it.
 */
export type Kept = {
  readonly kind: 'stored' | 'spilled' | 'lost'
  /** Rows that history refused for good. */
  readonly refused: number
}

const spillPrefix = 'spill/'
const refusedPrefix = 'spill-refused/'

/** A failed put is tried again at once: after it there is nowhere left to go. */
const maxPuts = 3

/** Statements that a tick spends on sifting, enough for a few bad rows; with more the queue deals. */
const maxKeepingStatements = 64

/** Enough for 250 rows of which each is refused; an invocation may make 1 000 requests. */
const maxDrainingStatements = 500

/**
 * Hands a batch to history, or lays it aside to be handed over later. Never throws.
 *
 * @param name Names the batch in the bucket; the same batch has the same name wherever it is made.
 */
export async function keepBatch(batch: Batch, name: string, deps: KeepDeps): Promise<Kept> {
  const key = `${spillPrefix}${name}.json`
  try {
    await deps.insert(batch)
    return { kind: 'stored', refused: 0 }
  } catch (error) {
    if (isRefusal(error)) return keepSifted(batch, name, deps)
    return spill(batch, key, deps, error)
  }
}

async function spill(batch: Batch, key: string, deps: KeepDeps, why: unknown): Promise<Kept> {
  deps.log({ event: 'batch-spilled', key, ...reasonOf(why) })
  if (!(await isPut(key, JSON.stringify(batch), deps))) {
    deps.log({ event: 'batch-lost', key })
    return { kind: 'lost', refused: 0 }
  }
  await enqueueOrLog(key, deps)
  return { kind: 'spilled', refused: 0 }
}

/** What cannot be sifted to the end is spilled whole: what is stored of it, is not stored twice. */
async function keepSifted(batch: Batch, name: string, deps: KeepDeps): Promise<Kept> {
  const { sound, unsound } = checked(batch)
  const sifted = await sift(sound, deps.insert, maxKeepingStatements)
  if (sifted.left.length > 0) {
    return spill(batch, `${spillPrefix}${name}.json`, deps, sifted.failure ?? sifted.refusal)
  }

  const rows = [...unsound, ...sifted.refused]
  // Another may have the rows by now, and then nobody refuses them.
  if (rows.length === 0) return { kind: 'stored', refused: 0 }
  const key = `${refusedPrefix}${name}.json`
  const why = sifted.refusal === undefined ? notARow : reasonOf(sifted.refusal)
  deps.log({ event: 'batch-refused', key, rows: rows.length, ...why })
  if (await isPut(key, JSON.stringify({ kind: batch.kind, rows }), deps)) {
    return { kind: 'stored', refused: rows.length }
  }
  deps.log({ event: 'batch-lost', key })
  return { kind: 'lost', refused: 0 }
}

/** Why a row is refused that history was not even asked about. */
const notARow = { reason: 'It is no row of its kind.' }

async function isPut(key: string, body: string, deps: KeepDeps): Promise<boolean> {
  for (let put = 1; put <= maxPuts; put += 1) {
    try {
      await deps.putObject(key, body)
      return true
    } catch (error) {
      deps.log({ event: 'spill-put-failed', key, ...reasonOf(error) })
    }
  }
  return false
}

export type DrainDeps = {
  readonly insert: History['insert']
  /** The object's text, or undefined if there is none. */
  readonly readObject: (key: string) => Promise<string | undefined>
  readonly putObject: (key: string, body: string) => Promise<void>
  readonly deleteObject: (key: string) => Promise<void>
  readonly log: (event: SpillEvent) => void
}

/**
 * - `stored`: history has it now, but for the rows that it refuses; those lie in `spill-refused/`
 *   for a person to look at.
 * - `gone`: there is no such object, so an earlier delivery of the key has done the work.
 * - `unreadable`: it holds no batch, and lies in `spill-refused/` whole.
 */
export type Drained =
  | { readonly kind: 'stored'; readonly refused: number }
  | { readonly kind: 'gone' | 'unreadable' }

/**
 * Hands a spilled batch to history and forgets the object. Doing it twice changes nothing.
 *
 * @throws {HistoryError} while history does not answer, and whatever the bucket throws: the queue
 *   should deliver the key again after `retryDelaySec`.
 */
export async function drainSpilled(key: string, deps: DrainDeps): Promise<Drained> {
  const body = await deps.readObject(key)
  if (body === undefined) return { kind: 'gone' }

  const envelope = envelopeOf(body)
  if (envelope === undefined) {
    await setAside(key, body, deps, { reason: 'The object holds no batch.' })
    await deps.deleteObject(key)
    return { kind: 'unreadable' }
  }

  const { sound, unsound } = checked(envelope)
  const { refused, refusal, left, failure } = await sift(sound, deps.insert, maxDrainingStatements)
  if (failure !== undefined) throw failure
  // Trying again would only be refused again, until the queue gives up without a word; so would
  // what is left after so many refusals.
  const rows = [...unsound, ...refused, ...left]
  if (rows.length > 0) {
    const why = refusal === undefined ? notARow : reasonOf(refusal)
    const text = JSON.stringify({ kind: envelope.kind, rows })
    await setAside(key, text, deps, { rows: rows.length, ...why })
  }
  await deps.deleteObject(key)
  deps.log({ event: 'batch-drained', key })
  return { kind: 'stored', refused: rows.length }
}

/** A batch of whose rows nothing is known. */
const envelopeSchema = z.strictObject({
  kind: z.enum(batchSchema.options.map(({ shape }) => shape.kind.value)),
  rows: z.array(z.unknown()),
})

function envelopeOf(body: string): z.infer<typeof envelopeSchema> | undefined {
  try {
    return envelopeSchema.safeParse(JSON.parse(body)).data
  } catch {
    // Not JSON, so no batch either.
    return undefined
  }
}

/** The copy is made before the object goes: a crash in between leaves two, never none. */
async function setAside(
  key: string,
  body: string,
  deps: DrainDeps,
  why: { readonly rows?: number; readonly code?: string; readonly reason: string },
): Promise<void> {
  const name = key.startsWith(spillPrefix) ? key.slice(spillPrefix.length) : key
  await deps.putObject(`${refusedPrefix}${name}`, body)
  deps.log({ event: 'batch-refused', key, ...why })
}

export type SweepDeps = {
  readonly ping: History['ping']
  /** Objects whose keys begin with the prefix, at most so many, in the order of their keys. */
  readonly listObjects: (prefix: string, limit: number) => Promise<readonly SpilledObject[]>
  readonly enqueue: (key: string) => Promise<void>
  readonly log: (event: SpillEvent) => void
}

export type SpilledObject = {
  readonly key: string
  /** Unix milliseconds. */
  readonly uploadedAtMs: number
}

/** A younger object's key is still on its way through the queue. */
const sweepAfterMs = 5 * 60_000

/** Most keys sent again by one sweep: what is left is there for the next. */
const maxSwept = 100

/**
 * Sends the keys of objects through the queue again that have waited too long: their keys were
 * never sent, or the queue waits for longer than the outage lasted, or has given them up. While
 * history is down nothing is sent, so that a long outage does not fill the queue with copies.
 *
 * @returns How many keys were sent.
 */
export async function sweepSpill(nowMs: number, deps: SweepDeps): Promise<number> {
  try {
    await deps.ping()
  } catch {
    // The status page tells of the outage; the next sweep looks again.
    return 0
  }
  const objects = await deps.listObjects(spillPrefix, maxSwept)
  const overdue = objects.filter((object) => nowMs - object.uploadedAtMs >= sweepAfterMs)
  const sent = await Promise.all(overdue.map(({ key }) => enqueueOrLog(key, deps)))
  return sent.filter(Boolean).length
}

async function enqueueOrLog(
  key: string,
  deps: Pick<KeepDeps, 'enqueue' | 'log'>,
): Promise<boolean> {
  try {
    await deps.enqueue(key)
    return true
  } catch (error) {
    deps.log({ event: 'spill-enqueue-failed', key, ...reasonOf(error) })
    return false
  }
}

/** The first wait is short, since most outages are; the longest still finds an hour's end soon. */
const firstRetrySec = 5
const longestRetrySec = 600

/**
 * How long the queue waits before it delivers a key again, seconds: 5, 10, 20, … at most 600.
 *
 * @param attempts Deliveries so far, 1 after the first.
 */
export function retryDelaySec(attempts: number): number {
  return Math.min(firstRetrySec * 2 ** Math.max(attempts - 1, 0), longestRetrySec)
}

function reasonOf(error: unknown): { readonly code?: string; readonly reason: string } {
  if (error instanceof OracleError) return { code: error.code, reason: error.message }
  return { reason: error instanceof Error ? error.message : String(error) }
}
