import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ExchangeError } from '../../../src/exchanges/exchange.ts'
import { exchanges } from '../../../src/exchanges/registry.ts'
import { answerTo } from '../../support/exchanges.ts'
import { oddAnswers } from '../../support/odd-answers.ts'

/** An answer with something else at one place or several: rows, lists, codes, whatever it has. */
function brokenly(value: unknown): fc.Arbitrary<unknown> {
  const other = fc.oneof(fc.anything({ maxDepth: 2 }), fc.jsonValue({ maxDepth: 2 }))
  if (Array.isArray(value)) {
    return fc.oneof(
      { weight: 1, arbitrary: other },
      { weight: 8, arbitrary: fc.tuple(...value.map(brokenly)) },
    )
  }
  if (typeof value !== 'object' || value === null) {
    return fc.oneof({ weight: 1, arbitrary: other }, { weight: 8, arbitrary: fc.constant(value) })
  }
  const fields = Object.entries(value).map(([key, field]) => [key, brokenly(field)])
  return fc.oneof(
    { weight: 1, arbitrary: other },
    { weight: 8, arbitrary: fc.record(Object.fromEntries(fields)) },
  )
}

test.each([...exchanges])(
  'property: no answer whatever makes %s throw anything but its error, or yield no price',
  (name, exchange) => {
    const { market, body } = oddAnswers[name] ?? {}
    if (market === undefined || body === undefined) throw new Error(`No odd answer of ${name}.`)
    const answer = fc.oneof(fc.anything(), fc.jsonValue(), body, body.chain(brokenly))
    fc.assert(
      fc.property(answer, (said) => {
        try {
          for (const ticker of exchange.tickers(said, answerTo(market))) {
            expect(ticker).toMatchObject({ source: name, market })
            for (const price of [ticker.last, ticker.bid, ticker.ask, ticker.open24h]) {
              expect(price === undefined || (price > 0 && Number.isFinite(price))).toBe(true)
            }
            expect(ticker.volume ?? 1).toBeGreaterThan(0)
            expect(Number.isSafeInteger(ticker.observedAtMs)).toBe(true)
          }
        } catch (error) {
          if (!(error instanceof ExchangeError)) throw error
        }
      }),
      { numRuns: 250 },
    )
  },
)
