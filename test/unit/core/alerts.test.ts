import { describe, expect, test } from 'vitest'
import { type Alert, alertsOf, newsOf } from '../../../src/core/alerts.ts'
import { consensusOf, defaultPolicy } from '../../../src/core/consensus.ts'
import type { FeedMemory } from '../../../src/core/feed-memory.ts'
import { noticedAfter } from '../../../src/core/noticed.ts'
import type { ConsensusOutcome } from '../../../src/core/outcome.ts'
import { quotesAt } from '../../support/quotes.ts'
import { aFeedMemory, aKnownSource } from '../../support/source-memories.ts'

const hourMs = 3_600_000

/** A consensus of three at `t = 0`, with what differs. */
function anOutcome(differing: Partial<ConsensusOutcome> = {}): ConsensusOutcome {
  const outcome = consensusOf(quotesAt(100, 100.01, 100.02), defaultPolicy, 0)
  return Object.assign(outcome, differing)
}

const quiet = aFeedMemory({ sources: { s0: aKnownSource(), s1: aKnownSource() } })

function kindsOf(outcome: ConsensusOutcome, memory: FeedMemory = quiet): Alert[] {
  return alertsOf(outcome, memory)
}

describe('alertsOf', () => {
  test('of an ordinary tick there are none', () => {
    expect(kindsOf(anOutcome())).toEqual([])
  })

  test('names a source that behaves as never before', () => {
    const outcome = anOutcome()
    if (outcome.kind !== 'consensus') throw new Error('expected a price')
    const contributions = outcome.contributions.map((each) =>
      each.source === 's1' ? { ...each, alert: true as const } : each,
    )
    expect(kindsOf({ ...outcome, contributions })).toEqual([{ kind: 'anomaly', sources: ['s1'] }])
  })

  test('names a source that drifts, as long as it is here', () => {
    const drifting = aFeedMemory({
      sources: {
        here: aKnownSource({ driftDown: 6.1 }),
        calm: aKnownSource({ driftUp: 6 }),
        gone: aKnownSource({ driftUp: 9, seenAtMs: -30_000 }),
      },
    })
    expect(kindsOf(anOutcome(), drifting)).toEqual([{ kind: 'drift', sources: ['here'] }])
  })

  test('names two that show one book', () => {
    const mirrors = {
      tick: 100,
      slots: ['b', 'a'],
      last: [],
      moved: [90],
      same: [90],
    }
    expect(kindsOf(anOutcome(), { ...quiet, mirrors })).toEqual([
      { kind: 'mirrors', sources: ['a', 'b'] },
    ])
  })

  test.each([
    { name: 'hardly enough agreed in', differing: { lowQuorum: true }, kind: 'low-quorum' },
    { name: 'two camps stood against each other in', differing: { split: true }, kind: 'split' },
  ])('tells of a vote that $name', ({ differing, kind }) => {
    expect(kindsOf(anOutcome(differing))).toEqual([{ kind, sources: [] }])
  })

  test('tells of a split that nothing decides', () => {
    const outcome = consensusOf(quotesAt(100, 100, 120, 120), defaultPolicy, 0)
    expect(outcome).toMatchObject({ kind: 'no-quorum', reason: 'split' })
    expect(kindsOf(outcome)).toEqual([{ kind: 'split', sources: [] }])
    const lonely = consensusOf(quotesAt(100), defaultPolicy, 0)
    expect(kindsOf(lonely)).toEqual([])
  })
})

describe('newsOf', () => {
  const drift: Alert = { kind: 'drift', sources: ['a'] }
  const other: Alert = { kind: 'drift', sources: ['b'] }

  test('is what was not told within the hour; what stands is told again after it', () => {
    const first = newsOf([drift], {}, 1_000)
    expect(first.news).toEqual([drift])
    const second = newsOf([drift, other], first.told, 31_000)
    expect(second.news).toEqual([other])
    expect(newsOf([drift], second.told, 1_000 + hourMs - 1).news).toEqual([])
    expect(newsOf([drift], second.told, 1_000 + hourMs).news).toEqual([drift])
  })

  test('of one that comes and goes is one line an hour', () => {
    let told = {}
    let lines = 0
    for (let atMs = 0; atMs < hourMs; atMs += 30_000) {
      const next = newsOf(atMs % 60_000 === 0 ? [drift] : [], told, atMs)
      told = next.told
      lines += next.news.length
    }
    expect(lines).toBe(1)
  })

  test('forgets what was told over an hour ago, and of very many the oldest', () => {
    expect(newsOf([], { old: 0, young: 1_000 }, hourMs).told).toEqual({ young: 1_000 })
    const many = Array.from({ length: 300 }, (_, i): Alert => ({
      kind: 'anomaly',
      sources: [`${i}`],
    }))
    const { news, told } = newsOf(many, { 'drift z': 1 }, 2)
    expect(news).toHaveLength(300)
    expect(Object.keys(told)).toHaveLength(192)
    expect(told).not.toHaveProperty('drift z')
  })
})

describe('noticedAfter', () => {
  test('of an ordinary tick nothing is noticed or noted', () => {
    const { memory, noticed } = noticedAfter(quiet, anOutcome())
    expect(noticed).toEqual({})
    expect(memory).toBe(quiet)
  })

  test('an alert is noticed as long as it stands, and is news once', () => {
    const first = noticedAfter(quiet, anOutcome({ split: true }))
    const split = [{ kind: 'split', sources: [] }]
    expect(first.noticed).toEqual({ alerts: split, news: split })
    const second = noticedAfter(first.memory, anOutcome({ split: true }))
    expect(second.noticed).toEqual({ alerts: split })
    expect(noticedAfter(second.memory, anOutcome()).noticed).toEqual({})
  })

  test('tells of an interval that was checked at this tick, and of none before', () => {
    const intervals = { checked: 5, held: 4, latest: { atMs: 0, isHeld: false } }
    expect(noticedAfter({ ...quiet, intervals }, anOutcome()).noticed).toEqual({
      intervalHeld: false,
    })
    const older = { ...intervals, latest: { atMs: -30_000, isHeld: false } }
    expect(noticedAfter({ ...quiet, intervals: older }, anOutcome()).noticed).toEqual({})
  })
})
