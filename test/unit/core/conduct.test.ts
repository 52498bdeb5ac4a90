import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { heard, maxMessagesPerMinute, maxStrikes, newListener } from '../../../src/core/conduct.ts'
import { type Listener, maxToldPerMinute } from '../../../src/core/listener.ts'
import { feedSymbol } from '../../../src/protocol/feed.ts'
import { aPriceRecord } from '../../support/price-records.ts'

const btc = feedSymbol('BTC')
const startMs = 1_000_000
const ping = '{ "action": "ping" }'

function memoryAt(nowMs: number) {
  const ticks = [1, 2, 3].map((seq) => [aPriceRecord({ symbol: btc, seq, timestamp: startMs })])
  return { known: new Set([btc]), ticks, nowMs }
}

/** The listener after some messages, each at its instant after the start. */
function after(says: readonly (readonly [atMs: number, message: string])[], from = newListener) {
  let last: ReturnType<typeof heard> = { messages: [], listener: from }
  for (const [atMs, message] of says) {
    last = heard(message, last.listener, memoryAt(startMs + atMs))
  }
  return last
}

function times(count: number, atMs: number, message = ping) {
  return Array.from({ length: count }, () => [atMs, message] as const)
}

describe('a listener that says very much', () => {
  test('is answered as often as a minute allows', () => {
    const { messages, farewell } = after(times(maxMessagesPerMinute, 0))
    expect(messages).toEqual([{ type: 'pong' }])
    expect(farewell).toBeUndefined()
  })

  test('is shown out with the next message, which is not looked at', () => {
    const { messages, farewell, listener } = after([
      ...times(maxMessagesPerMinute, 0),
      [59_999, '{"action":"subscribe","symbols":["BTC"]}'],
    ])
    expect(farewell?.code).toBe('too-many-messages')
    expect(messages).toEqual([])
    expect(listener.symbols).toEqual([])
  })

  test('is counted anew when exactly a minute is over', () => {
    const { listener, farewell } = after([...times(maxMessagesPerMinute, 0), [60_000, ping]])
    expect(farewell).toBeUndefined()
    expect(listener).toMatchObject({ minuteAtMs: startMs + 60_000, messages: 1 })
  })
})

test('what a listener is told of the past is counted over messages, and anew in the next minute', () => {
  const resume = '{"action":"subscribe","symbols":["BTC"],"after_seq":0}'
  expect(after([[0, resume]]).listener.told).toBe(4)
  expect(after(times(2, 0, resume)).listener.told).toBe(8)
  expect(after([...times(2, 0, resume), [60_000, resume]]).listener.told).toBe(4)
})

describe('a listener that makes no sense', () => {
  test('is shown out at the tenth time, after its answer', () => {
    const ninth = after(times(maxStrikes - 1, 0, 'what?'))
    expect(ninth).toMatchObject({ messages: [{ type: 'error' }] })
    expect(ninth.farewell).toBeUndefined()
    const tenth = after([[0, 'what?']], ninth.listener)
    expect(tenth).toMatchObject({
      messages: [{ type: 'error' }],
      farewell: { code: 'too-many-errors' },
    })
  })

  test('is not forgiven by the next minute, nor by what makes sense', () => {
    const { farewell } = after([
      ...times(maxStrikes - 1, 0, 'what?'),
      [90_000, ping],
      [180_000, 'what?'],
    ])
    expect(farewell?.code).toBe('too-many-errors')
  })
})

test('property: whatever it says, in a minute a listener is told so much of the past and no more', () => {
  const afterSeq = fc.option(fc.nat(3), { nil: undefined })
  const subscribe = afterSeq.map((after_seq) =>
    JSON.stringify({ action: 'subscribe', symbols: ['BTC'], after_seq }),
  )
  const alreadyTold = fc.integer({ min: maxToldPerMinute - 12, max: maxToldPerMinute })
  fc.assert(
    fc.property(fc.array(subscribe, { maxLength: 8 }), alreadyTold, (says, told) => {
      const from: Listener = { ...newListener, minuteAtMs: startMs, told }
      const { listener } = after(
        says.map((message) => [1, message] as const),
        from,
      )
      expect(listener.told).toBeLessThanOrEqual(maxToldPerMinute)
    }),
  )
})
