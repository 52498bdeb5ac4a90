import { expect, test } from 'vitest'
import { consensusOf } from '../../src/core/consensus.ts'
import { housePolicy } from '../../src/house-policy.ts'
import { aQuote } from '../support/quotes.ts'

const honest = ['kraken', 'okx', 'bybit']
const oneBook = ['binance', 'mexc', 'bitrue', 'digifinex']

function quotesOf(sources: readonly string[], price: number) {
  return sources.map((source) => aQuote({ source, price, observedAtMs: 0 }))
}

test('a book under four names has one voice, and no majority', () => {
  const quotes = [...quotesOf(honest, 100), ...quotesOf(oneBook, 101)]
  const outcome = consensusOf(quotes, housePolicy, 0)
  expect(outcome).toMatchObject({ kind: 'consensus', price: 100, sources: honest.toSorted() })
  const mirrors = outcome.rejected.filter(({ reason }) => reason === 'mirror')
  expect(mirrors).toHaveLength(3)
})

test('the two doors of Coinbase have one voice', () => {
  const quotes = quotesOf(['coinbase', 'coinbase-exchange', 'kraken'], 100)
  expect(consensusOf(quotes, housePolicy, 0)).toMatchObject({ kind: 'consensus', n: 2 })
})
