/**
 * What a listener wants to hear and has heard, whatever connection it came by: each price once and
 * in order, however often the server says it.
 */

import type { FeedSymbol } from '../protocol/feed.ts'
import {
  type ListenerMessage,
  type PriceRecord,
  type StreamMessage,
  streamMessageSchema,
  type SubmissionNotice,
} from '../protocol/wire.ts'
import { parseTolerantly } from './tolerant.ts'

export type Hearing = {
  /** What is to be heard, in the order in which it was asked for. */
  readonly wanted: readonly FeedSymbol[]
  /** The newest of each that has been heard. */
  readonly latest: ReadonlyMap<FeedSymbol, PriceRecord>
}

/** What a listener is told of what was heard. */
export type Told =
  | { readonly kind: 'tell-price'; readonly price: PriceRecord }
  | { readonly kind: 'tell-submission'; readonly submission: Submission }
  | { readonly kind: 'tell-problem'; readonly problem: StreamProblem }

export type Submission = SubmissionNotice['data']

/** Something that the server refused or that could not be read; the stream goes on. */
export type StreamProblem = { readonly code: string; readonly message: string }

export type Absorbed = {
  readonly hearing: Hearing
  readonly told: readonly Told[]
  /** Symbols of which more is to be known than the server could say. */
  readonly lacking: readonly FeedSymbol[]
  /** Nothing more is to be had of this connection: the server is about to close, or may as well. */
  readonly isOver: boolean
}

/** The one refusal of what we say: our allowance is spent. Another connection has its own. */
const spentCode = 'too-many-prices'

/** What a text from the server means for those who listen. */
export function absorb(hearing: Hearing, data: unknown): Absorbed {
  const message = read(data)
  const nothing: Absorbed = { hearing, told: [], lacking: [], isOver: false }
  switch (message.type) {
    case 'price_update':
      return { ...nothing, ...adopt(hearing, [message.data]) }
    case 'subscribed':
      return subscribed(hearing, message.data)
    case 'ftso_submission':
      return { ...nothing, told: [{ kind: 'tell-submission', submission: message.data }] }
    case 'error':
    case 'closing':
      return {
        ...nothing,
        told: [{ kind: 'tell-problem', problem: message.data }],
        isOver: message.type === 'closing' || message.data.code === spentCode,
      }
    case 'unsubscribed':
    case 'pong':
      return nothing
  }
}

/** Takes in those records that are wanted and newer than what is known. */
export function adopt(
  hearing: Hearing,
  records: readonly PriceRecord[],
): Pick<Absorbed, 'hearing' | 'told'> {
  const latest = new Map(hearing.latest)
  const told: Told[] = []
  for (const record of records) {
    if (!hearing.wanted.includes(record.symbol)) continue
    if (!isNewer(record, latest.get(record.symbol))) continue
    latest.set(record.symbol, record)
    told.push({ kind: 'tell-price', price: record })
  }
  return { hearing: { ...hearing, latest }, told }
}

/** The same without some symbols: what was heard of them is forgotten with them. */
export function without(hearing: Hearing, symbols: readonly FeedSymbol[]): Hearing {
  const latest = new Map(hearing.latest)
  for (const symbol of symbols) latest.delete(symbol)
  return { latest, wanted: hearing.wanted.filter((symbol) => !symbols.includes(symbol)) }
}

/** So many symbols fit in one message, with their longest names and numbers. */
const symbolsPerMessage = 100

/** What to say to hear these symbols from where each was left. */
export function subscriptions(
  { latest }: Hearing,
  symbols: readonly FeedSymbol[],
  clientId: string,
): readonly ListenerMessage[] {
  return chunksOf(symbols, symbolsPerMessage).map((chunk) => {
    const afterSeq = Object.fromEntries(
      chunk.flatMap((symbol) => {
        const seq = latest.get(symbol)?.seq
        return seq === undefined ? [] : [[symbol, seq]]
      }),
    )
    return {
      action: 'subscribe',
      symbols: [...chunk],
      client_id: clientId,
      ...(Object.keys(afterSeq).length === 0 ? {} : { after_seq: afterSeq }),
    }
  })
}

/** A feed that was set up anew counts from one again, but its clock goes on. */
function isNewer(record: PriceRecord, known: PriceRecord | undefined): boolean {
  if (known === undefined || record.seq > known.seq) return true
  return record.seq !== known.seq && record.timestamp > known.timestamp
}

/**
 * The snapshot is for what we do not know at all or cannot be told in order: of the rest, the
 * updates since the number that we named follow one by one, and end with what the snapshot holds.
 */
function subscribed(
  hearing: Hearing,
  { snapshot, symbols, missed = [] }: Extract<StreamMessage, { type: 'subscribed' }>['data'],
): Absorbed {
  const inOrder = (record: PriceRecord): boolean =>
    record.seq > (hearing.latest.get(record.symbol)?.seq ?? Number.POSITIVE_INFINITY)
  const adopted = adopt(
    hearing,
    snapshot.filter((record) => !inOrder(record)),
  )
  const unknown = symbols.filter((symbol) => !adopted.hearing.latest.has(symbol))
  return { ...adopted, lacking: [...new Set([...missed, ...unknown])], isOver: false }
}

/** A message of a kind that we do not know is no reason to hang up. */
function read(data: unknown): StreamMessage {
  const parsed = parseTolerantly(streamMessageSchema, jsonOf(data))
  if (parsed.success) return parsed.data
  const message = `A message could not be read: ${parsed.error.issues[0]?.message ?? 'unknown'}.`
  return { type: 'error', data: { code: 'message-unreadable', message } }
}

function jsonOf(data: unknown): unknown {
  try {
    return JSON.parse(String(data))
  } catch {
    // Told like any other message that makes no sense.
    return undefined
  }
}

function chunksOf<T>(items: readonly T[], size: number): readonly (readonly T[])[] {
  const count = Math.ceil(items.length / size)
  return Array.from({ length: count }, (_, i) => items.slice(i * size, (i + 1) * size))
}
