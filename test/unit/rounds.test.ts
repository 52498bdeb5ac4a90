import { describe, expect, test } from 'vitest'
import { aggregateRowSchema } from '../../src/history/history.ts'
import { closeRound } from '../../src/rounds.ts'
import { aQuoteRow } from '../support/history.ts'
import { aRoundProvenance } from '../support/provenances.ts'
import { aRoundWorld, aWindowConsensus } from '../support/world.ts'

const round = 1_000_000
const toMs = 1_748_430_090_000

test('a close votes on the window that ends with the round, and keeps all feeds in one go', async () => {
  const { deps, diary } = aRoundWorld()
  expect(await closeRound(round, toMs, deps)).toEqual({
    aggregated: 2,
    withoutQuorum: [],
    kept: 'stored',
    refused: 0,
  })
  expect(diary).toEqual([
    `vote BTC/USD over ${toMs - 180_000} to ${toMs}`,
    `vote ETH/USD over ${toMs - 180_000} to ${toMs}`,
    'keep 2 aggregates',
  ])
})

test('a row is what history keeps, named by feed and round', async () => {
  const { deps, batches, rows } = aRoundWorld()
  await closeRound(round, toMs, deps)
  expect(batches[0]?.name).toBe(`aggregates-${round}`)
  expect(rows().map((row) => aggregateRowSchema.parse(row))).toEqual(rows())
  expect(rows()[0]).toEqual({
    symbol: 'BTC/USD',
    voting_round_id: round,
    consensus_price: 100,
    spot: 101,
    confidence: 0.9,
    sources_used: ['coinbase', 'kraken'],
    algorithm: 'median-of-vwap-twap-weighted-median',
    timestamp: toMs,
    vwap: 99,
    twap: 101,
    weighted_median: 100,
    outliers: 1,
    provenance: aRoundProvenance(),
  })
})

test('closing a round twice makes the same batch under the same name', async () => {
  const { deps, batches } = aRoundWorld()
  await closeRound(round, toMs, deps)
  await closeRound(round, toMs, deps)
  expect(batches[1]).toEqual(batches[0])
})

test('without a spot the row has none', async () => {
  const { deps, rows } = aRoundWorld({
    windowVote: async () => ({ outcome: aWindowConsensus, spot: undefined, provenance: {} }),
  })
  await closeRound(round, toMs, deps)
  expect(rows()[0]).not.toHaveProperty('spot')
  expect(aggregateRowSchema.safeParse(rows()[0]).success).toBe(true)
})

test('a feed that fails or finds no quorum costs only itself', async () => {
  const { deps, diary, rows } = aRoundWorld()
  const report = await closeRound(round, toMs, {
    ...deps,
    windowVote: async (symbol, window) => {
      if (symbol === 'BTC/USD') throw new Error('evicted')
      return deps.windowVote(symbol, window)
    },
  })
  expect(report).toEqual({
    aggregated: 1,
    withoutQuorum: ['BTC/USD'],
    kept: 'stored',
    refused: 0,
  })
  expect(diary).toContain('window-vote-failed BTC/USD Error: evicted')
  expect(rows()).toMatchObject([{ symbol: 'ETH/USD' }])
})

test('where no feed finds a quorum nothing is kept', async () => {
  const { deps, diary } = aRoundWorld({
    windowVote: async () => ({
      outcome: { kind: 'no-quorum', agreeing: 1, required: 2 },
      spot: undefined,
      provenance: {},
    }),
  })
  expect(await closeRound(round, toMs, deps)).toMatchObject({ aggregated: 0, kept: 'nothing' })
  expect(diary).toEqual([])
})

describe('the quotes of a freeze', () => {
  const row = aQuoteRow()
  const withheld = { id: 4, quotes: JSON.stringify([row]) }

  test('go to history when the round is over, as a batch of their own, and are forgotten', async () => {
    const asked: number[] = []
    const kept: unknown[] = []
    const { deps, diary } = aRoundWorld()
    await closeRound(round, toMs, {
      ...deps,
      released: async (nowMs) => {
        asked.push(nowMs)
        return [withheld]
      },
      keep: async (batch, name) => {
        if (batch.kind === 'quotes') kept.push({ name, rows: batch.rows })
        return deps.keep(batch, name)
      },
    })
    expect(asked).toEqual([toMs])
    expect(kept).toEqual([{ name: `quotes-${row.tick_at}-${row.id}`, rows: [row] }])
    expect(diary.slice(-2)).toEqual(['keep 1 quotes', 'forget 4'])
  })

  test('that nobody took are tried again with the next close', async () => {
    const { deps, diary } = aRoundWorld({
      released: async () => [withheld],
      keep: async () => ({ kind: 'lost', refused: 0 }),
    })
    await closeRound(round, toMs, deps)
    expect(diary).not.toContain('forget 4')
  })

  test('that cannot be asked for cost the close nothing', async () => {
    const { deps, diary } = aRoundWorld({ released: async () => Promise.reject(new Error('gone')) })
    expect(await closeRound(round, toMs, deps)).toMatchObject({ aggregated: 2, kept: 'stored' })
    expect(diary).toContain('freeze-not-kept Error: gone')
  })

  test('of a freeze that found none are only forgotten', async () => {
    const { deps, diary } = aRoundWorld({ released: async () => [{ id: 5, quotes: '[]' }] })
    await closeRound(round, toMs, deps)
    expect(diary).toContain('forget 5')
    expect(diary).not.toContain('keep 0 quotes')
  })
})
