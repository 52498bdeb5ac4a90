import { describe, expect, test } from 'vitest'
import { consensusOf, defaultPolicy } from '../../../src/core/consensus.ts'
import type { FeedMemory } from '../../../src/core/feed-memory.ts'
import type { Vote } from '../../../src/core/newest-votes.ts'
import type { Consensus, ConsensusOutcome } from '../../../src/core/outcome.ts'
import { type Course, ordinaryTicks, sourceNames, tickMs, told } from '../../support/histories.ts'

const names = sourceNames(6)
const count = 60
const atMs = 200 * tickMs

/** Ticks of six sources, of which `course` makes some different; all that came of them. */
function history(course: Course = {}, sources = names) {
  return told(ordinaryTicks(sources, count, atMs, course))
}

/** One source's quotes from a tick on. */
function from(tick: number, source: string, change: (vote: Vote, tick: number) => Vote): Course {
  return {
    saying: (vote, at) => (at >= tick && vote.source === source ? change(vote, at) : vote),
  }
}

function consensus(outcome: ConsensusOutcome | undefined): Consensus {
  if (outcome?.kind !== 'consensus') throw new Error('expected a consensus')
  return outcome
}

/** What became of a source at each of the last ticks: a reason, or `votes`. */
function fateOf(source: string, outcomes: readonly ConsensusOutcome[], last = 5): string[] {
  return outcomes.slice(-last).map((outcome) => {
    const rejection = outcome.rejected.find((each) => each.source === source)
    return rejection?.reason ?? (consensus(outcome).sources.includes(source) ? 'votes' : 'absent')
  })
}

/** The next tick's quotes in this memory's market. */
function nextQuotes(memory: FeedMemory): Vote[] {
  const price = memory.last?.price ?? 100
  return names.map((source) => ({
    source,
    price,
    volume: 1,
    observedAtMs: atMs + tickMs - 1_000,
    observedKind: 'trade',
  }))
}

describe('with a history', () => {
  test('in an ordinary market everybody votes, and the interval is a few bps', () => {
    const { outcomes } = history()
    const last = consensus(outcomes.at(-1))
    expect(last.sources).toEqual(names)
    expect(last.intervalBps).toBeLessThan(8)
    expect(last.contributions[0]).toMatchObject({ source: 's00', basis: 'last', reputation: 1 })
  })

  test('who says one price under fresh dates is frozen', () => {
    const frozen = from(40, 's02', (vote) => ({ ...vote, price: 100, volume: 7 }))
    expect(fateOf('s02', history(frozen).outcomes, 20)).toEqual(
      expect.arrayContaining(['frozen', 'votes']),
    )
    expect(fateOf('s02', history(frozen).outcomes)).toEqual(Array(5).fill('frozen'))
  })

  test('who says an old date is stale', () => {
    const old = from(40, 's02', (vote) => ({ ...vote, price: 100, observedAtMs: atMs - 900_000 }))
    expect(fateOf('s02', history(old).outcomes)).toEqual(Array(5).fill('stale'))
  })

  test('a decimal shift is beyond belief, though two of five make it', () => {
    const shifted: Course = {
      saying: (vote, tick) =>
        tick > 40 && vote.source < 's02' ? { ...vote, price: vote.price * 10 } : vote,
    }
    const { outcomes } = history(shifted, names.slice(0, 5))
    expect(fateOf('s00', outcomes)).toEqual(Array(5).fill('out-of-range'))
    expect(consensus(outcomes.at(-1)).price).toBeCloseTo(100, 0)
  })

  test('where all move by a third, it is the last consensus that is beyond belief', () => {
    const { memory } = history()
    const quotes = nextQuotes(memory).map((vote) => ({ ...vote, price: vote.price / 2 }))
    const outcome = consensus(consensusOf(quotes, defaultPolicy, atMs + tickMs, memory))
    expect(outcome.price).toBeCloseTo((memory.last?.price ?? 0) / 2, 9)
    expect(outcome.rejected).toEqual([])
  })

  test('a learnt lean is taken off before the vote', () => {
    const leaning = from(0, 's02', (vote) => ({ ...vote, price: vote.price * 1.0003 }))
    const { memory } = history(leaning)
    const { contributions } = consensus(
      consensusOf(nextQuotes(memory), defaultPolicy, atMs + tickMs, memory),
    )
    const biases = contributions.map(({ source, biasBps }) => [source, biasBps] as const)
    expect(biases.find(([source]) => source === 's02')?.[1]).toBeGreaterThan(1)
  })

  test('who has lied weighs next to nothing when he agrees again', () => {
    const lie = from(40, 's02', (vote) => ({ ...vote, price: vote.price * 1.01 }))
    const { memory } = history(lie)
    const { contributions } = consensus(
      consensusOf(nextQuotes(memory), defaultPolicy, atMs + tickMs, memory),
    )
    const [own] = contributions.filter(({ source }) => source === 's02')
    expect(own).toMatchObject({ reputation: 0.05 })
    expect(own?.share).toBeLessThan(0.02)
  })

  test('two camps of half each: the last consensus says which is right', () => {
    const { memory } = history()
    const quotes = nextQuotes(memory).map((vote, i) =>
      i < 3 ? { ...vote, price: vote.price * 1.02 } : vote,
    )
    const outcome = consensus(consensusOf(quotes, defaultPolicy, atMs + tickMs, memory))
    expect(outcome).toMatchObject({
      split: true,
      sources: ['s03', 's04', 's05'],
      algorithm: 'median-of-agreeing',
    })
    const fresh = consensusOf(quotes, defaultPolicy, atMs + tickMs)
    expect(fresh).toMatchObject({ kind: 'no-quorum', reason: 'split', confidence: 0 })
  })

  test('one source alone is no consensus, however good its name', () => {
    const { memory } = history()
    const lone = nextQuotes(memory).slice(0, 1)
    expect(consensusOf(lone, defaultPolicy, atMs + tickMs, memory)).toMatchObject({
      kind: 'no-quorum',
      reason: 'too-few-sources',
      agreed: [{ source: 's00' }],
    })
  })

  test('an unusual behaviour is scored once enough is known, and takes nobody out', () => {
    const many = told(ordinaryTicks(names, 400, atMs)).memory
    const ordinary = nextQuotes(many)
    const odd = ordinary.map((vote) =>
      vote.source === 's02' ? { ...vote, volume: 1e9, price: vote.price * 1.0006 } : vote,
    )
    const scores = (quotes: readonly Vote[]) =>
      consensus(consensusOf(quotes, defaultPolicy, atMs + tickMs, many)).contributions.map(
        ({ anomaly }) => anomaly,
      )
    expect(scores(odd)).toHaveLength(6)
    expect(scores(odd)[2]).toBeGreaterThan(scores(ordinary)[2] ?? 1)
  })
})

describe('on probation', () => {
  const withNew = [...names, 'new']
  const arrives = (tick: number, factor: number): Course => ({
    saying: (vote, at) => {
      if (vote.source !== 'new') return vote
      return at < tick ? undefined : { ...vote, price: vote.price * factor }
    },
  })

  test('at the cold start of a feed everybody votes from the first tick', () => {
    expect(consensus(history().outcomes[0]).sources).toEqual(names)
  })

  test('a new source is heard, and votes when it has agreed for twenty ticks', () => {
    const { outcomes } = history(arrives(30, 1), withNew)
    expect(fateOf('new', outcomes, 30)).toEqual([
      ...Array<string>(20).fill('on-probation'),
      ...Array<string>(10).fill('votes'),
    ])
    const [rejection] = outcomes.at(-20)?.rejected ?? []
    expect(rejection).toMatchObject({ source: 'new', reason: 'on-probation' })
    expect(Math.abs(rejection?.residualBps ?? 99)).toBeLessThan(10)
  })

  test('one that is a fifth off is another thing under the same name, and stays out', () => {
    const { outcomes } = history(arrives(25, 1.25), withNew)
    expect(fateOf('new', outcomes, 30)).toEqual(Array(30).fill('strayed'))
  })

  test('one that is somewhat off stays on probation for as long as that', () => {
    const { outcomes } = history(arrives(25, 1.02), withNew)
    expect(fateOf('new', outcomes, 30)).toEqual(Array(30).fill('on-probation'))
  })

  test('a newcomer takes nothing from the others', () => {
    const without = consensus(history().outcomes.at(-1))
    const beside = consensus(history(arrives(45, 1.25), withNew).outcomes.at(-1))
    expect(beside.sources).toEqual(without.sources)
  })

  test('a member that strays for five ticks in a row is new again', () => {
    const astray: Course = {
      saying: (vote, at) =>
        vote.source === 's05' && at >= 30 && at < 36 ? { ...vote, price: vote.price * 1.25 } : vote,
    }
    const { outcomes } = history(astray)
    expect(fateOf('s05', outcomes, 30)).toEqual([
      ...Array<string>(5).fill('outlier'),
      'strayed',
      'strayed',
      ...Array<string>(19).fill('on-probation'),
      ...Array<string>(4).fill('votes'),
    ])
  })

  test('where too few members are left newcomers vote too, and it is said so', () => {
    const { memory } = history(arrives(50, 1), withNew)
    const quotes = nextQuotes(memory).slice(0, 1)
    const [quote] = quotes.map((vote) => ({ ...vote, source: 'new' }))
    if (quote === undefined) throw new Error('expected a quote')
    const outcome = consensus(consensusOf([...quotes, quote], defaultPolicy, atMs + tickMs, memory))
    expect(outcome).toMatchObject({ sources: ['new', 's00'], lowQuorum: true })
  })
})

test('newcomers whom the members have contradicted do not stand in for them', () => {
  const lying = ['new0', 'new1']
  const { memory } = history(
    {
      saying: (vote, tick) => {
        if (!lying.includes(vote.source)) return vote
        return tick < 25 ? undefined : { ...vote, price: vote.price * 1.01 }
      },
    },
    [...names.slice(0, 3), ...lying],
  )
  const [member] = nextQuotes(memory)
  if (member === undefined) throw new Error('expected a quote')
  const liars = lying.map((source) => ({ ...member, source, price: member.price * 1.01 }))
  // Two of the three members are silent at one tick.
  const outcome = consensusOf([member, ...liars], defaultPolicy, atMs + tickMs, memory)
  expect(outcome).toMatchObject({
    kind: 'no-quorum',
    reason: 'too-few-sources',
    agreed: [{ source: 's00' }],
    rejected: [{ reason: 'on-probation' }, { reason: 'on-probation' }],
  })
})

describe('of an independence group', () => {
  test('one speaks, and the others are mirrors', () => {
    const policy = { ...defaultPolicy, groups: { s00: 'book', s01: 'book' } }
    const { outcomes } = told(ordinaryTicks(names, count, atMs), undefined, policy)
    const last = consensus(outcomes.at(-1))
    expect(last.n).toBe(5)
    expect(last.rejected).toMatchObject([{ reason: 'mirror' }])
    const [mirror] = last.rejected
    const speaker = last.contributions.find(({ group }) => group === 'book')
    expect(new Set([mirror?.source, speaker?.source])).toEqual(new Set(['s00', 's01']))
  })
})

describe('a quiet pair', () => {
  test('falls back to the middle of its book instead of vanishing', () => {
    const quiet: Course = {
      saying: (vote, tick) =>
        vote.source < 's04'
          ? {
              ...vote,
              observedAtMs: atMs - 3_600_000,
              price: 97,
              bid: vote.price * 0.9995 + tick * 1e-9,
              ask: vote.price * 1.0005,
            }
          : vote,
    }
    const last = consensus(history(quiet).outcomes.at(-1))
    expect(last.sources).toEqual(names)
    const [first] = last.contributions
    expect(first).toMatchObject({ basis: 'mid', ageMs: 0 })
    expect(first?.sigmaBps).toBeGreaterThan(last.contributions.at(-1)?.sigmaBps ?? 0)
    expect(last.price).toBeGreaterThan(99)
  })
})
