import { describe, expect, test } from 'vitest'
import { type RoundRecord, roundsResponseSchema } from '../../../src/protocol/wire-rest.ts'
import { anApi, btc } from '../../support/api.ts'
import { aUuid } from '../../support/history.ts'
import { aReport, aRound, aSignature, aTxHash, roundStartMs } from '../../support/rounds.ts'

/** An API at second 30 of `aRound`. */
function anApiInRound() {
  const tested = anApi()
  tested.world.nowMs = roundStartMs + 30_000
  const rounds = async (query = '') => {
    const response = await tested.ask(`/api/v1/rounds${query}`)
    expect(response.status).toBe(200)
    return roundsResponseSchema.parse(await response.json())
  }
  return { ...tested, rounds }
}

describe('the list of rounds', () => {
  test('begins with the open one and has no gap', async () => {
    const { rounds, world } = anApiInRound()
    const { rounds: told, served_at } = await rounds('?limit=3')
    expect(told.map(({ epoch_id, stage }) => [epoch_id - aRound, stage])).toEqual([
      [0, 'open'],
      [-1, 'idle'],
      [-2, 'idle'],
    ])
    expect(told[0]).toMatchObject({ started_at: roundStartMs, ends_at: roundStartMs + 90_000 })
    expect(served_at).toBe(world.nowMs)
    expect(world.diary).toContain(`rounds ${aRound - 2} to ${aRound}`)
  })

  test('tells stages and transactions', async () => {
    const { rounds, world } = anApiInRound()
    const reveal = `0x${'9'.repeat(64)}` as const
    world.rounds.set(aRound - 1, {
      votingRoundId: aRound - 1,
      isFrozen: true,
      reports: [aReport(), aReport({ id: aUuid(2), kind: 'submit2', tx_hash: reveal })],
    })
    expect((await rounds()).rounds[1]).toEqual({
      epoch_id: aRound - 1,
      started_at: roundStartMs - 90_000,
      ends_at: roundStartMs,
      stage: 'revealed',
      commit_tx_hash: aTxHash,
      reveal_tx_hash: reveal,
    })
  })

  test('goes on before a round, for as long as rounds are remembered', async () => {
    const { rounds } = anApiInRound()
    const ids = async (query: string) =>
      (await rounds(query)).rounds.map(({ epoch_id }) => epoch_id - aRound)
    expect(await ids(`?limit=2&before=${aRound - 5}`)).toEqual([-6, -7])
    expect(await ids(`?limit=1&before=${aRound + 500}`)).toEqual([0])
    expect(await ids(`?limit=5&before=${aRound - 9_998}`)).toEqual([-9_999])
    expect(await ids(`?before=${aRound - 9_999}`)).toEqual([])
    expect(await ids('?before=0')).toEqual([])
    expect(await ids('')).toHaveLength(20)
    expect(await ids('?limit=100')).toHaveLength(100)
  })

  test.each(['limit=0', 'limit=101', 'limit=x', 'limit=', 'before=x', 'before=-1'])(
    'refuses %s, which counts like any request',
    async (query) => {
      const { ask, world } = anApiInRound()
      const response = await ask(`/api/v1/rounds?${query}`)
      expect(response.status).toBe(400)
      expect(await response.json()).toMatchObject({ code: 'request-malformed' })
      expect(response.headers.get('RateLimit-Remaining')).toBe('29')
      expect(world.diary.some((line) => line.startsWith('rounds'))).toBe(false)
    },
  )

  test('is not available while the memory of rounds is down', async () => {
    const { ask, world } = anApiInRound()
    world.down.add('rounds')
    const response = await ask('/api/v1/rounds')
    expect(response.status).toBe(503)
    expect(await response.json()).toMatchObject({ code: 'rounds-unavailable' })
  })
})

describe('a round', () => {
  const record: RoundRecord = {
    epoch_id: aRound - 1,
    prices: [
      { symbol: btc, price: '9750010000000', confidence: 97, value: 9_750_010, decimals: 2 },
    ],
    timestamp: roundStartMs - 20_000,
    signature: aSignature,
  }

  test('that is revealed is told as it is', async () => {
    const { ask, world } = anApiInRound()
    world.records.set(aRound - 1, record)
    const response = await ask(`/api/v1/rounds/${aRound - 1}`)
    expect(response.status).toBe(200)
    expect(await response.json()).toEqual(record)
    expect(response.headers.get('RateLimit-Remaining')).toBe('29')
  })

  test('that is frozen, open, to come or forgotten is told alike: not at all', async () => {
    const { ask, world } = anApiInRound()
    world.rounds.set(aRound, { votingRoundId: aRound, isFrozen: true, reports: [aReport()] })
    const answers = await Promise.all(
      [aRound, aRound - 1, aRound + 9, 1].map(async (id) => {
        const response = await ask(`/api/v1/rounds/${id}`)
        return [response.status, await response.text()]
      }),
    )
    expect(answers[0]?.[0]).toBe(404)
    expect(answers[0]?.[1]).toContain('round-not-revealed')
    for (const answer of answers) expect(answer).toEqual(answers[0])
  })

  test('that is none is refused', async () => {
    const { ask } = anApiInRound()
    expect((await ask('/api/v1/rounds/latest')).status).toBe(400)
    expect((await ask('/api/v1/rounds/4294967296')).status).toBe(400)
  })
})

test.each(['/api/v1/rounds', `/api/v1/rounds/${aRound}`, '/api/v1/submissions'])(
  '%s needs a key',
  async (path) => {
    const { ask } = anApi()
    expect((await ask(path, { headers: { 'X-API-Key': '' } })).status).toBe(401)
  },
)
