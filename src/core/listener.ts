/**
 * A listener of the stream and what it is answered: pure, so that the object that holds the sockets
 * only carries messages.
 */

import { type FeedSymbol, feedSymbol } from '../protocol/feed.ts'
import {
  type ListenerMessage,
  listenerMessageSchema,
  maxListenerMessageLength,
  maxSymbols,
  type PriceRecord,
  priceTtlSec,
  type StreamMessage,
} from '../protocol/wire.ts'

export type Listener = {
  /** What it hears. */
  readonly symbols: readonly FeedSymbol[]
  /** Messages of it that made no sense. */
  readonly strikes: number
  /** When the minute began that is counted, Unix milliseconds. */
  readonly minuteAtMs: number
  /** Messages of it in that minute. */
  readonly messages: number
  /** Remembered prices that it was told in that minute. */
  readonly told: number
}

/**
 * Most remembered prices that a listener is told in a minute: a snapshot and five minutes of 60
 * feeds at the usual cadence, and some. They wait in memory until it reads them, and it may be in
 * no hurry.
 */
export const maxToldPerMinute = 800

export type Reply = {
  readonly kind: 'answered' | 'refused'
  readonly messages: readonly StreamMessage[]
  /** What it hears from now on. */
  readonly symbols: readonly FeedSymbol[]
  /** Remembered prices in the messages. */
  readonly told: number
}

export type StreamMemory = {
  /** The symbols that there are. */
  readonly known: ReadonlySet<FeedSymbol>
  /** The remembered ticks, oldest first. */
  readonly ticks: readonly (readonly PriceRecord[])[]
  /** What was priced too long before this is told to nobody. Unix milliseconds. */
  readonly nowMs: number
}

/** The answer to one message. A message is obeyed as a whole or refused as a whole. */
export function answerTo(
  message: string | ArrayBuffer,
  listener: Listener,
  memory: StreamMemory,
): Reply {
  const asked = read(message)
  if (asked.kind === 'refused') return refusal(listener, asked.code, asked.reason)

  const { said } = asked
  switch (said.action) {
    case 'ping':
      return answered([{ type: 'pong' }], listener.symbols)
    case 'subscribe':
      return subscribed(said, listener, memory)
    case 'unsubscribe': {
      const named = namedSymbols(said.symbols, memory.known)
      if (named.kind === 'refused') return refusal(listener, 'feed-unknown', named.reason)
      const symbols = listener.symbols.filter((symbol) => !named.symbols.includes(symbol))
      return answered([{ type: 'unsubscribed', data: { symbols } }], symbols)
    }
  }
}

function subscribed(
  said: Extract<ListenerMessage, { action: 'subscribe' }>,
  listener: Listener,
  memory: StreamMemory,
): Reply {
  const named = namedSymbols(said.symbols, memory.known)
  if (named.kind === 'refused') return refusal(listener, 'feed-unknown', named.reason)
  const symbols = [...new Set([...listener.symbols, ...named.symbols])]
  if (symbols.length > maxSymbols) {
    return refusal(listener, 'too-many-symbols', `A listener may hear ${maxSymbols} symbols.`)
  }

  const bySymbol = Map.groupBy(pricesIn(memory), ({ symbol }) => symbol)
  const afterSeq = afterSeqOf(said)
  const remembered = named.symbols.map((symbol) =>
    resumedFrom(symbol, afterSeq(symbol), bySymbol.get(symbol) ?? []),
  )
  const snapshot = remembered.flatMap(({ latest }) => (latest === undefined ? [] : [latest]))
  const left = maxToldPerMinute - listener.told - snapshot.length
  if (left < 0) {
    const reason = `A listener is told ${maxToldPerMinute} remembered prices a minute.`
    return refusal(listener, 'too-many-prices', reason)
  }
  const resumed = newestOf(remembered, left)
  const missed = resumed.flatMap(({ symbol, isWhole }) => (isWhole ? [] : [symbol]))
  const answer: StreamMessage = {
    type: 'subscribed',
    data: {
      ...(said.client_id === undefined ? {} : { client_id: said.client_id }),
      symbols,
      snapshot,
      ...(missed.length === 0 ? {} : { missed }),
    },
  }
  const updates = resumed.flatMap(({ after }) =>
    after.map((data): StreamMessage => ({ type: 'price_update', data })),
  )
  return answered([answer, ...updates], symbols, snapshot.length + updates.length)
}

/** All that is remembered and still a price, oldest first. Exactly as old as allowed is one. */
function pricesIn({ ticks, nowMs }: StreamMemory): readonly PriceRecord[] {
  return ticks.flat().filter(({ timestamp }) => nowMs - timestamp <= priceTtlSec * 1_000)
}

type Resumed = {
  readonly symbol: FeedSymbol
  readonly latest: PriceRecord | undefined
  /** What came after the number that the listener heard last; the newest is in the snapshot too. */
  readonly after: readonly PriceRecord[]
  readonly isWhole: boolean
}

/** @param records All that is remembered of the symbol, oldest first. */
function resumedFrom(
  symbol: FeedSymbol,
  afterSeq: number | undefined,
  records: readonly PriceRecord[],
): Resumed {
  const latest = records.at(-1)
  if (afterSeq === undefined) return { symbol, latest, after: [], isWhole: true }
  const after = records.filter(({ seq }) => seq > afterSeq)
  // A shard that was not told of a tick has a gap; one whose numbers end before knows nothing.
  return { symbol, latest, after, isWhole: latest?.seq === afterSeq + after.length }
}

/** The newest updates, as many of each symbol as of any, so that no more than `most` are left. */
function newestOf(resumed: readonly Resumed[], most: number): readonly Resumed[] {
  const leftAt = (depth: number): number =>
    resumed.reduce((left, { after }) => left + Math.min(after.length, depth), 0)
  let depth = Math.max(0, ...resumed.map(({ after }) => after.length))
  while (depth > 0 && leftAt(depth) > most) depth -= 1
  return resumed.map((each) =>
    each.after.length <= depth
      ? each
      : { ...each, after: each.after.slice(each.after.length - depth), isWhole: false },
  )
}

/** The last `seq` that the listener says it heard of each symbol, in whichever spelling it says so. */
function afterSeqOf({
  after_seq: afterSeq,
}: Extract<ListenerMessage, { action: 'subscribe' }>): (symbol: FeedSymbol) => number | undefined {
  if (typeof afterSeq !== 'object') return () => afterSeq
  const bySymbol = new Map<FeedSymbol, number>()
  for (const [name, seq] of Object.entries(afterSeq)) {
    const symbol = spelledSymbol(name)
    if (symbol !== undefined) bySymbol.set(symbol, Math.min(seq, bySymbol.get(symbol) ?? seq))
  }
  return (symbol) => bySymbol.get(symbol)
}

/** Longest reason, in characters: it may say back what the listener said, but not at any length. */
const maxReasonLength = 200

type Read =
  | { readonly kind: 'read'; readonly said: ListenerMessage }
  | { readonly kind: 'refused'; readonly code: string; readonly reason: string }

function read(message: string | ArrayBuffer): Read {
  if (typeof message !== 'string') {
    return { kind: 'refused', code: 'message-malformed', reason: 'Messages are text, not binary.' }
  }
  if (message.length > maxListenerMessageLength) {
    const reason = `A message may be ${maxListenerMessageLength} characters long.`
    return { kind: 'refused', code: 'message-too-long', reason }
  }
  let json: unknown
  try {
    json = JSON.parse(message)
  } catch {
    // What is no JSON is answered with a sentence; the parser's own says nothing of use.
    return { kind: 'refused', code: 'message-malformed', reason: 'The message is not JSON.' }
  }
  const parsed = listenerMessageSchema.safeParse(json)
  if (parsed.success) return { kind: 'read', said: parsed.data }
  const issue = parsed.error.issues[0]
  const where = issue?.path.join('.') || 'the message'
  const reason = `${where}: ${issue?.message ?? 'makes no sense'}`.slice(0, maxReasonLength)
  return { kind: 'refused', code: 'message-malformed', reason }
}

type Named =
  | { readonly kind: 'named'; readonly symbols: readonly FeedSymbol[] }
  | { readonly kind: 'refused'; readonly reason: string }

function namedSymbols(names: readonly string[], known: ReadonlySet<FeedSymbol>): Named {
  const symbols: FeedSymbol[] = []
  for (const name of names) {
    const symbol = spelledSymbol(name)
    if (symbol === undefined || !known.has(symbol)) {
      return { kind: 'refused', reason: `There is no feed "${name}".` }
    }
    if (!symbols.includes(symbol)) symbols.push(symbol)
  }
  return { kind: 'named', symbols }
}

function spelledSymbol(name: string): FeedSymbol | undefined {
  try {
    return feedSymbol(name)
  } catch {
    // Not a spelling of any symbol: the caller says so.
    return undefined
  }
}

function answered(
  messages: readonly StreamMessage[],
  symbols: readonly FeedSymbol[],
  told = 0,
): Reply {
  return { kind: 'answered', messages, symbols, told }
}

function refusal(listener: Listener, code: string, message: string): Reply {
  return {
    kind: 'refused',
    messages: [{ type: 'error', data: { code, message } }],
    symbols: listener.symbols,
    told: 0,
  }
}
