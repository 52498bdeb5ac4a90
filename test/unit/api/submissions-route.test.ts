import { describe, expect, test } from 'vitest'
import { submissionsResponseSchema } from '../../../src/protocol/wire-rest.ts'
import { anApi } from '../../support/api.ts'
import { aUuid } from '../../support/history.ts'
import { aReport, aRound } from '../../support/rounds.ts'

const five = [5, 4, 3, 2, 1].map((n) => aReport({ id: aUuid(n), at: n }))

function anApiWith(reports = five) {
  const tested = anApi()
  tested.world.storedReports.push(...reports)
  const page = async (query = '') => {
    const response = await tested.ask(`/api/v1/submissions${query}`)
    expect(response.status).toBe(200)
    return submissionsResponseSchema.parse(await response.json())
  }
  return { ...tested, page }
}

test('a submission is told with all that is known of it', async () => {
  const { voting_round_id: _round, at, ...rest } = aReport()
  const { page } = anApiWith([aReport()])
  expect(await page()).toEqual({ submissions: [{ ...rest, epoch: aRound, timestamp: at }] })
})

describe('pages', () => {
  test('follow one another without a gap, and the last one says so', async () => {
    const { page } = anApiWith()
    const heard: number[] = []
    let query = '?limit=2'
    for (let pages = 1; pages <= 3; pages += 1) {
      const { submissions, next_cursor } = await page(query)
      heard.push(...submissions.map(({ timestamp }) => timestamp))
      expect(next_cursor === undefined).toBe(pages === 3)
      query = `?limit=2&cursor=${next_cursor}`
    }
    expect(heard).toEqual([5, 4, 3, 2, 1])
  })

  test('that end with the list have no next one', async () => {
    const { page } = anApiWith()
    expect((await page('?limit=5')).next_cursor).toBeUndefined()
    expect((await page('?limit=4')).next_cursor).toBe(`2_${aUuid(2)}`)
  })
})

test.each(['limit=0', 'limit=101', 'cursor=x', 'cursor=', `cursor=1_${'0'.repeat(36)}`])(
  'refuses %s',
  async (query) => {
    const { ask } = anApiWith()
    const response = await ask(`/api/v1/submissions?${query}`)
    expect(response.status).toBe(400)
    expect(await response.json()).toMatchObject({ code: 'request-malformed' })
  },
)

test('while history is down, what is remembered is told, and that it is no more than that', async () => {
  const { ask, world } = anApiWith()
  world.down.add('database')
  world.rememberedReports.push(aReport({ id: aUuid(9), at: 9 }))
  const response = await ask('/api/v1/submissions')
  expect(response.headers.get('X-Chrono-Degraded')).toBe('history')
  expect(await response.json()).toMatchObject({ submissions: [{ id: aUuid(9) }] })

  world.down.add('rounds')
  expect((await ask('/api/v1/submissions')).status).toBe(503)
})
