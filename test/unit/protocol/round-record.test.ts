import { expect, test } from 'vitest'
import type { FrozenRound } from '../../../src/protocol/bridge-wire.ts'
import { roundRecordOf } from '../../../src/protocol/round-record.ts'
import { roundRecordSchema } from '../../../src/protocol/wire-rest.ts'
import { anOrderedFeed, aRound, aSignature } from '../../support/rounds.ts'

const frozen: FrozenRound = {
  voting_round_id: aRound,
  frozen_at: 1_700_000,
  entries: [
    { ...anOrderedFeed('FLR', 6), price: 0.0234567891, confidence: 0.994 },
    { ...anOrderedFeed('BTC', 2), price: 97_500.125, confidence: 0.996, rolled: true },
    anOrderedFeed('NOPE'),
    { ...anOrderedFeed('PEPE', 10), price: 0.00000812, confidence: 1 },
  ],
}

test('the record has what was frozen, with eight decimals and as on chain', () => {
  const record = roundRecordOf(frozen, aSignature)
  expect(record).toEqual({
    epoch_id: aRound,
    prices: [
      { symbol: 'FLR/USD', price: '2345679', confidence: 99, value: 23_457, decimals: 6 },
      {
        symbol: 'BTC/USD',
        price: '9750012500000',
        confidence: 100,
        value: 9_750_013,
        decimals: 2,
        rolled: true,
      },
      { symbol: 'PEPE/USD', price: '812', confidence: 100, value: 81_200, decimals: 10 },
    ],
    timestamp: 1_700_000,
    signature: aSignature,
  })
  expect(roundRecordSchema.parse(record)).toEqual(record)
})

test('a price that no slot holds has no value, and a large one no exponent', () => {
  const entries = [{ ...anOrderedFeed('BTC', 10), price: 2 ** 40, confidence: 1 }]
  expect(roundRecordOf({ ...frozen, entries }, undefined)).toEqual({
    epoch_id: aRound,
    prices: [{ symbol: 'BTC/USD', price: '109951162777600000000', confidence: 100, decimals: 10 }],
    timestamp: 1_700_000,
  })
})
