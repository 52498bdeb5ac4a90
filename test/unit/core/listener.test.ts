import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { newListener } from '../../../src/core/conduct.ts'
import {
  answerTo,
  type Listener,
  maxToldPerMinute,
  type StreamMemory,
} from '../../../src/core/listener.ts'
import { feedSymbol } from '../../../src/protocol/feed.ts'
import {
  maxListenerMessageLength,
  maxSymbols,
  type StreamMessage,
  streamMessageSchema,
} from '../../../src/protocol/wire.ts'
import { aPriceRecord } from '../../support/price-records.ts'

const btc = feedSymbol('BTC')
const eth = feedSymbol('ETH')
const flr = feedSymbol('FLR')

const nowMs = 1_000_000

/** BTC and ETH are priced, FLR is known and has no price. */
function aMemory(seqs: readonly number[] = [1, 2, 3]): StreamMemory {
  return {
    known: new Set([btc, eth, flr]),
    ticks: seqs.map((seq) => [bitcoinOf(seq), aPriceRecord({ symbol: eth, seq: seq + 10 })]),
    nowMs,
  }
}

function bitcoinOf(seq: number) {
  return aPriceRecord({ symbol: btc, seq, price: 100 + seq })
}

const newcomer = newListener

function hearing(...symbols: Listener['symbols']): Listener {
  return { ...newListener, symbols }
}

function asks(message: unknown, listener = newcomer, memory = aMemory()) {
  const text = typeof message === 'string' ? message : JSON.stringify(message)
  const reply = answerTo(text, listener, memory)
  for (const each of reply.messages) expect(streamMessageSchema.parse(each)).toEqual(each)
  return reply
}

/** What one message is answered, without the updates after it. */
function subscribedData(message: Readonly<Record<string, unknown>>, memory = aMemory()) {
  const { messages } = asks({ action: 'subscribe', ...message }, newcomer, memory)
  const [first] = messages
  if (first?.type !== 'subscribed') throw new Error(`expected to be subscribed: ${first?.type}`)
  return { ...first.data, updates: messages.slice(1).map(seqOf) }
}

function seqOf(message: StreamMessage): string {
  return message.type === 'price_update' ? `${message.data.symbol} ${message.data.seq}` : 'none'
}

function codeOf({ messages }: ReturnType<typeof asks>): string | undefined {
  const [first] = messages
  return first?.type === 'error' ? first.data.code : undefined
}

describe('subscribe', () => {
  test.each(['btc', 'BTC', 'BTC-USD', 'BTC_USD', 'BTC/USD', ' btc/usd '])(
    'takes the spelling "%s" and answers with the latest price',
    (spelling) => {
      const reply = asks({ action: 'subscribe', symbols: [spelling] })
      expect(reply).toEqual({
        kind: 'answered',
        symbols: [btc],
        told: 1,
        messages: [{ type: 'subscribed', data: { symbols: [btc], snapshot: [bitcoinOf(3)] } }],
      })
    },
  )

  test('says the name back that the listener gives itself', () => {
    expect(subscribedData({ symbols: ['BTC'], client_id: 'desk 7' }).client_id).toBe('desk 7')
  })

  test('adds to what is heard; the snapshot holds what was just asked for', () => {
    const reply = asks({ action: 'subscribe', symbols: ['ETH'] }, hearing(btc))
    expect(reply.symbols).toEqual([btc, eth])
    expect(reply.messages).toMatchObject([
      { data: { symbols: [btc, eth], snapshot: [{ symbol: eth }] } },
    ])
  })

  test('hears a symbol once, however often and in how many spellings it is asked for', () => {
    const { symbols, snapshot } = subscribedData({ symbols: ['BTC', 'btc', 'BTC-USD'] })
    expect(symbols).toEqual([btc])
    expect(snapshot).toHaveLength(1)
  })

  test('takes a feed without a price, which has no snapshot yet', () => {
    expect(subscribedData({ symbols: ['FLR'] })).toMatchObject({ symbols: [flr], snapshot: [] })
  })

  test.each(['DOGE', 'BTC/EUR', 'B!', '__proto__', 'constructor', 'toString'])(
    'with the unknown "%s" is refused as a whole',
    (symbol) => {
      const reply = asks({ action: 'subscribe', symbols: ['ETH', symbol] }, hearing(btc))
      expect(reply).toMatchObject({ kind: 'refused', symbols: [btc] })
      expect(codeOf(reply)).toBe('feed-unknown')
      expect(reply.messages).toHaveLength(1)
    },
  )

  describe('to very many symbols', () => {
    const many = Array.from({ length: maxSymbols + 1 }, (_, i) => feedSymbol(`S${i}`))
    const memory = { known: new Set([btc, ...many]), ticks: [], nowMs }

    test('is taken while no more are heard than allowed', () => {
      const reply = asks({ action: 'subscribe', symbols: many.slice(1) }, newcomer, memory)
      expect(reply.kind).toBe('answered')
      expect(reply.symbols).toHaveLength(maxSymbols)
    })

    test('is refused as a whole where one more would be heard', () => {
      const listener = hearing(btc)
      const reply = asks({ action: 'subscribe', symbols: many.slice(1) }, listener, memory)
      expect(codeOf(reply)).toBe('too-many-symbols')
      expect(reply.symbols).toEqual([btc])
    })

    test('is refused where one message names more than allowed', () => {
      const reply = asks({ action: 'subscribe', symbols: many }, newcomer, memory)
      expect(codeOf(reply)).toBe('message-malformed')
    })
  })
})

describe('resume', () => {
  test('hears what came after the number, oldest first, and has missed nothing', () => {
    const { updates, missed, snapshot } = subscribedData({ symbols: ['BTC'], after_seq: 1 })
    expect(updates).toEqual(['BTC/USD 2', 'BTC/USD 3'])
    expect(missed).toBeUndefined()
    expect(snapshot).toEqual([bitcoinOf(3)])
  })

  test.each([
    { afterSeq: 3, name: 'one who heard the newest hears nothing', updates: [], missed: undefined },
    {
      afterSeq: 0,
      name: 'the oldest that is remembered is the next one',
      updates: ['BTC/USD 1', 'BTC/USD 2', 'BTC/USD 3'],
      missed: undefined,
    },
  ])('at the edges: $name', ({ afterSeq, updates, missed }) => {
    const data = subscribedData({ symbols: ['BTC'], after_seq: afterSeq })
    expect(data.updates).toEqual(updates)
    expect(data.missed).toEqual(missed)
  })

  test.each([
    { name: 'the next one is forgotten', seqs: [5, 6], afterSeq: 3, updates: 2 },
    { name: 'one in between never reached this shard', seqs: [1, 2, 4], afterSeq: 1, updates: 2 },
    { name: 'the number lies ahead of all that is known', seqs: [1, 2], afterSeq: 9, updates: 0 },
    { name: 'nothing is remembered', seqs: [], afterSeq: 1, updates: 0 },
  ])('says what it missed where $name', ({ seqs, afterSeq, updates }) => {
    const data = subscribedData({ symbols: ['BTC'], after_seq: afterSeq }, aMemory(seqs))
    expect(data.missed).toEqual([btc])
    expect(data.updates).toHaveLength(updates)
  })

  test('a hole from before the number is none of the listener', () => {
    const data = subscribedData({ symbols: ['BTC'], after_seq: 4 }, aMemory([1, 2, 4, 5]))
    expect(data.missed).toBeUndefined()
    expect(data.updates).toEqual(['BTC/USD 5'])
  })

  test('takes a number for each symbol, in any spelling', () => {
    const { updates, missed } = subscribedData({
      symbols: ['BTC', 'ETH', 'FLR'],
      after_seq: { btc: 2, 'ETH-USD': 13 },
    })
    expect(updates).toEqual(['BTC/USD 3'])
    expect(missed).toBeUndefined()
  })

  test('of two numbers for one symbol the lower counts: rather twice than never', () => {
    for (const afterSeq of [
      { 'BTC/USD': 3, btc: 1 },
      { 'BTC/USD': 1, btc: 3 },
    ]) {
      const { updates } = subscribedData({ symbols: ['BTC'], after_seq: afterSeq })
      expect(updates).toEqual(['BTC/USD 2', 'BTC/USD 3'])
    }
  })

  test.each(['__proto__', 'constructor', 'hasOwnProperty', 'prototype'])(
    'takes the name "%s" for the name of no symbol that was asked for',
    (name) => {
      const text = `{"action":"subscribe","symbols":["BTC"],"after_seq":{"${name}":7,"BTC":2}}`
      const reply = asks(text)
      expect(reply.messages.slice(1).map(seqOf)).toEqual(['BTC/USD 3'])
      expect(Object.prototype).not.toHaveProperty('seq')
    },
  )

  test.each([{ afterSeq: -1 }, { afterSeq: 1.5 }, { afterSeq: '1' }, { afterSeq: { BTC: -1 } }])(
    'refuses $afterSeq',
    ({ afterSeq }) => {
      const reply = asks({ action: 'subscribe', symbols: ['BTC'], after_seq: afterSeq })
      expect(codeOf(reply)).toBe('message-malformed')
    },
  )
})

describe('what was priced too long ago', () => {
  /** BTC once long ago and once, exactly as long ago as allowed; ETH only long ago. */
  const memory: StreamMemory = {
    ...aMemory(),
    ticks: [
      [bitcoinOf(1), aPriceRecord({ symbol: eth, seq: 11 })],
      [{ ...bitcoinOf(2), timestamp: nowMs + 1 }],
    ],
    nowMs: nowMs + 1 + 300_000,
  }

  test('is in no snapshot, however little was heard since', () => {
    const { snapshot } = subscribedData({ symbols: ['BTC', 'ETH'] }, memory)
    expect(snapshot.map(({ seq }) => seq)).toEqual([2])
  })

  test('is not resumed from, and is told as missed', () => {
    const { updates, missed } = subscribedData(
      { symbols: ['BTC', 'ETH'], after_seq: { BTC: 0, ETH: 10 } },
      memory,
    )
    expect(updates).toEqual(['BTC/USD 2'])
    expect(missed).toEqual([btc, eth])
  })
})

describe('to one who asks for very much', () => {
  const oneTo = (length: number) => Array.from({ length }, (_, i) => i + 1)
  const everything = {
    action: 'subscribe',
    symbols: ['BTC', 'ETH'],
    after_seq: { BTC: 0, ETH: 10 },
  }

  test('as much is told as a minute allows, the newest of each symbol, and the rest as missed', () => {
    const { updates, missed } = subscribedData(everything, aMemory(oneTo(500)))
    // Two prices are in the snapshot.
    expect(updates).toHaveLength(maxToldPerMinute - 2)
    expect(updates.at(0)).toBe('BTC/USD 102')
    expect(updates.at(398)).toBe('BTC/USD 500')
    expect(updates.at(-1)).toBe('ETH/USD 510')
    expect(missed).toEqual([btc, eth])
  })

  test('a symbol of which little happened is told whole beside one of which much did', () => {
    const { updates, missed } = subscribedData(
      { ...everything, after_seq: { BTC: 0, ETH: 907 } },
      aMemory(oneTo(900)),
    )
    expect(updates.filter((line) => line.startsWith('ETH'))).toHaveLength(3)
    expect(updates).toHaveLength(maxToldPerMinute - 2)
    expect(missed).toEqual([btc])
  })

  test('no update is left out while all of them fit', () => {
    const { updates, missed } = subscribedData(everything, aMemory(oneTo(399)))
    expect(updates).toHaveLength(798)
    expect(missed).toBeUndefined()
  })

  test('what was told in this minute is told no more', () => {
    const listener = { ...newcomer, told: maxToldPerMinute - 3 }
    const reply = asks(everything, listener, aMemory([1, 2]))
    expect(reply.told).toBe(2)
    expect(reply.messages).toMatchObject([{ data: { missed: [btc, eth] } }])
  })

  test('a snapshot that does not fit is refused, and nothing is subscribed to', () => {
    const listener = { ...newcomer, told: maxToldPerMinute - 1 }
    const reply = asks({ action: 'subscribe', symbols: ['BTC', 'ETH'] }, listener)
    expect(codeOf(reply)).toBe('too-many-prices')
    expect(reply).toMatchObject({ kind: 'refused', symbols: [], told: 0 })
    expect(asks({ action: 'subscribe', symbols: ['BTC'] }, listener).kind).toBe('answered')
  })
})

describe('unsubscribe', () => {
  const listener = hearing(btc, eth)

  test('forgets what is named, in any spelling, and says what is left', () => {
    expect(asks({ action: 'unsubscribe', symbols: ['btc-usd'] }, listener)).toEqual({
      kind: 'answered',
      symbols: [eth],
      told: 0,
      messages: [{ type: 'unsubscribed', data: { symbols: [eth] } }],
    })
  })

  test('of what was not heard changes nothing', () => {
    expect(asks({ action: 'unsubscribe', symbols: ['FLR'] }, listener).symbols).toEqual([btc, eth])
  })

  test('of an unknown symbol is refused as a whole', () => {
    const reply = asks({ action: 'unsubscribe', symbols: ['BTC', 'DOGE'] }, listener)
    expect(codeOf(reply)).toBe('feed-unknown')
    expect(reply.symbols).toEqual([btc, eth])
  })
})

test('a ping is answered and changes nothing', () => {
  expect(asks('{ "action": "ping" }', hearing(btc))).toEqual({
    kind: 'answered',
    symbols: [btc],
    told: 0,
    messages: [{ type: 'pong' }],
  })
})

describe('what makes no sense is refused with a reason, and changes nothing', () => {
  const listener = { ...hearing(btc), strikes: 3 }

  test.each([
    'not json',
    '',
    'null',
    '[]',
    '7',
    '{}',
    '{"action":"dance"}',
    '{"action":"__proto__"}',
    '{"action":["subscribe"]}',
    '{"action":"subscribe"}',
    '{"action":"subscribe","symbols":[]}',
    '{"action":"subscribe","symbols":"BTC"}',
    '{"action":"subscribe","symbols":[""]}',
    '{"action":"subscribe","symbols":[null]}',
    '{"action":"subscribe","symbols":["BTC"],"client_id":""}',
    '{"action":"subscribe","symbols":["BTC"],"surprise":1}',
    '{"action":"ping","__proto__":{"a":1}}',
    '['.repeat(maxListenerMessageLength),
  ])('%s', (text) => {
    const reply = asks(text, listener)
    expect(reply).toMatchObject({ kind: 'refused', symbols: [btc] })
    expect(codeOf(reply)).toBe('message-malformed')
  })

  test('bytes', () => {
    const reply = answerTo(new ArrayBuffer(8), listener, aMemory())
    expect(reply).toMatchObject({ kind: 'refused', symbols: [btc] })
    expect(codeOf(reply)).toBe('message-malformed')
  })

  test('a message longer than allowed, though it would make sense', () => {
    const ping = '{"action":"ping"}'
    expect(asks(ping.padEnd(maxListenerMessageLength), listener).kind).toBe('answered')
    const reply = asks(ping.padEnd(maxListenerMessageLength + 1), listener)
    expect(codeOf(reply)).toBe('message-too-long')
  })

  test('and the reason stays short, whatever was said', () => {
    const text = JSON.stringify({ action: 'ping', ['x'.repeat(8_000)]: 1 })
    const [message] = asks(text, listener).messages
    if (message?.type !== 'error') throw new Error('expected an error')
    expect(message.data.message.length).toBeLessThanOrEqual(200)
  })
})

test('property: whatever is said, the answer is one that the stream may give', () => {
  const spelling = fc.constantFrom('BTC', 'eth', 'FLR-USD', 'DOGE', '__proto__', '')
  const seq = fc.oneof(fc.nat(5), fc.constantFrom(-1, 0.5, '1', null))
  const message = fc.oneof(
    fc.string(),
    fc.json(),
    fc
      .record(
        {
          action: fc.constantFrom('subscribe', 'unsubscribe', 'ping', 'dance'),
          symbols: fc.array(spelling, { maxLength: 4 }),
          client_id: fc.string({ maxLength: 3 }),
          after_seq: fc.oneof(seq, fc.dictionary(spelling, seq)),
        },
        { requiredKeys: ['action'] },
      )
      .map((said) => JSON.stringify(said)),
  )
  const listener = hearing(eth)
  fc.assert(
    fc.property(message, (text) => {
      const reply = asks(text, listener)
      expect(reply.messages.length).toBeGreaterThan(0)
      if (reply.kind === 'refused') expect(reply.symbols).toEqual([eth])
    }),
    { numRuns: 500 },
  )
})
