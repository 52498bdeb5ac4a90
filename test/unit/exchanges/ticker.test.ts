import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { quoteOf } from '../../../src/core/normalise.ts'
import { exchanges } from '../../../src/exchanges/registry.ts'
import { tickerOf } from '../../../src/exchanges/ticker.ts'
import { quoteRowSchema } from '../../../src/history/history.ts'
import { rowsOf } from '../../../src/quoting.ts'
import { answerTo, receivedAtMs } from '../../support/exchanges.ts'
import { oddAnswers } from '../../support/odd-answers.ts'
import { aListing } from '../../support/quotes.ts'

const dayMs = 86_400_000

describe('the date of a ticker', () => {
  function observed(atMs: unknown) {
    const dated = { atMs, kind: 'trade' } as const
    return tickerOf({ source: 'x', market: 'X', last: 1, dated, receivedAtMs })
  }

  test.each([
    { name: 'the earliest that is one', atMs: Date.UTC(2010), observedAtMs: Date.UTC(2010) },
    { name: 'spelled as text', atMs: '1730439018472', observedAtMs: 1_730_439_018_472 },
    { name: 'of half a millisecond', atMs: 1_730_439_018_472.5, observedAtMs: 1_730_439_018_472 },
    { name: 'of now', atMs: receivedAtMs, observedAtMs: receivedAtMs },
    { name: 'a whole day ahead', atMs: receivedAtMs + dayMs, observedAtMs: receivedAtMs },
  ])('$name is believed', ({ atMs, observedAtMs }) => {
    expect(observed(atMs)).toMatchObject({ observedAtMs, observedKind: 'trade' })
  })

  test.each([
    { name: 'before the earliest', atMs: Date.UTC(2010) - 1 },
    { name: 'more than a day ahead', atMs: receivedAtMs + dayMs + 1 },
    { name: 'no number', atMs: 'soon' },
    { name: 'infinite', atMs: Number.POSITIVE_INFINITY },
    { name: 'beyond every calendar', atMs: 1e300 },
    { name: 'negative', atMs: -1 },
    { name: 'absent', atMs: undefined },
  ])('$name is replaced by the instant of arrival', ({ atMs }) => {
    expect(observed(atMs)).toMatchObject({ observedAtMs: receivedAtMs, observedKind: 'received' })
  })
})

const quoting = {
  sha1: async (bytes: Uint8Array) => {
    const digest = createHash('sha1').update(bytes).digest()
    return digest.buffer.slice(digest.byteOffset, digest.byteOffset + digest.byteLength)
  },
  nowMs: () => receivedAtMs + 1,
  workerId: 'test',
}

describe('property: every ticker of an odd answer makes a row that history takes', () => {
  test.each([...exchanges.keys()])('%s', async (name) => {
    const odd = oddAnswers[name]
    if (odd === undefined) throw new Error(`There is no odd answer of ${name}.`)
    const { exchange, market, body } = odd
    const listing = aListing({ source: name, market, quoteCurrency: 'USDT' })
    let made = 0
    await fc.assert(
      fc.asyncProperty(body, async (said) => {
        for (const ticker of exchange.tickers(said, answerTo(market))) {
          const quote = quoteOf(ticker, listing, { USDT: 0.999 })
          if (!('price' in quote)) continue
          const tick = { tickAtMs: receivedAtMs, latencyMs: { [name]: 12.5 } }
          for (const row of await rowsOf([quote], tick, quoting)) {
            made += 1
            // The types of `price_feeds`: what JSON spells is what Postgres reads.
            const stored: unknown = JSON.parse(JSON.stringify(row))
            expect(quoteRowSchema.parse(stored)).toEqual(row)
            expect(row.timestamp).toBeGreaterThanOrEqual(Date.UTC(2010))
          }
        }
      }),
      { numRuns: 500 },
    )
    expect(made).toBeGreaterThan(50)
  })
})
