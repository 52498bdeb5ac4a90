import { parseGwei } from 'viem'
import { describe, expect, test } from 'vitest'
import {
  commitVerdict,
  type KnownRound,
  revealVerdict,
} from '../../../signer-bridge/protocol-provider/vote-answers.ts'
import type { Moment } from '../../../signer-bridge/timeline.ts'
import { commitHash, encodeReveal } from '../../../src/protocol/commit.ts'
import { votingRoundStartMs } from '../../../src/protocol/epoch.ts'
import { networks } from '../../../src/protocol/networks.ts'
import { decodeFrames } from '../../../src/protocol/payload.ts'
import { account } from '../../support/bridge-world.ts'

const { schedule } = networks.flare
const round = 1_000
const submitAddress = account.address
const other = '0x2222222222222222222222222222222222222222'

const secret = { random: `0x${'5a'.repeat(32)}`, feedValues: '0x8000007b' } as const
const vote = {
  votingRoundId: round,
  rewardEpochId: 1,
  submitAddress,
  frozenAtMs: votingRoundStartMs(schedule, round) + 70_000,
  ...secret,
  commit: commitHash({ submitAddress, votingRoundId: round, ...secret }),
}

const unknown: KnownRound = { votingRoundId: round, submitAddress, mayBeOut: false, minRound: 0 }
const prepared: KnownRound = { ...unknown, vote }
const toldBefore: KnownRound = { ...prepared, mayBeOut: true }

/** A moment in or after the round, a block seen half a second ago. Seconds from its start. */
function at(sec: number, differing: Partial<Moment> = {}): Moment {
  const wallMs = votingRoundStartMs(schedule, round) + sec * 1_000
  const head = { number: 1, timestampSec: Math.floor(wallMs / 1_000), baseFeeWei: parseGwei('500') }
  return { wallMs, isClockTrusted: true, sinceHeadMs: 500, head, ...differing }
}

/** No block since the start of the process. */
function blind(sec: number): Moment {
  return { wallMs: at(sec).wallMs, isClockTrusted: false, sinceHeadMs: Number.POSITIVE_INFINITY }
}

function commitAt(sec: number, known = unknown, refusal?: string) {
  return commitVerdict(schedule, known, at(sec), refusal).kind
}

describe('commitVerdict', () => {
  test.each([
    { sec: -10, says: 'wait' },
    { sec: 0, says: 'wait' },
    { sec: 59.4, says: 'wait' },
    { sec: 60, says: 'freeze' },
    { sec: 83.4, says: 'freeze' },
    { sec: 84, says: 'never' },
    { sec: 120, says: 'never' },
  ])('in second $sec of a round that nobody began: $says', ({ sec, says }) => {
    expect(commitAt(sec)).toBe(says)
  })

  test('what was told once is told again: late, without a head, and whatever stands against it', () => {
    const data = `0x64000003e80020${vote.commit.slice(2)}`
    for (const moment of [at(75), at(300), blind(75)]) {
      const verdict = commitVerdict(schedule, toldBefore, moment, 'The lease is gone.')
      expect(verdict).toEqual({ kind: 'answer', data })
    }
  })

  test('a round that is bound and was not told is handed over in its time and never after it', () => {
    expect(commitAt(75, prepared)).toBe('hand-over')
    expect(commitAt(84, prepared)).toBe('never')
  })

  test('what stands against a commit is waited for, bound or not', () => {
    expect(commitVerdict(schedule, unknown, at(75), 'No lease.')).toEqual({
      kind: 'wait',
      reason: 'No lease.',
    })
    expect(commitAt(75, prepared, 'No lease.')).toBe('wait')
  })

  test('without a block nothing begins, and nothing is given up', () => {
    expect(commitVerdict(schedule, unknown, blind(75), undefined).kind).toBe('wait')
    expect(commitVerdict(schedule, unknown, blind(300), undefined).kind).toBe('wait')
  })

  test('a clock that is not trusted begins nothing', () => {
    const moment = at(75, { isClockTrusted: false })
    expect(commitVerdict(schedule, unknown, moment, undefined).kind).toBe('wait')
  })

  test('a round has one vote: another address of ours is told nothing of it', () => {
    for (const known of [prepared, toldBefore]) {
      expect(commitAt(75, { ...known, submitAddress: other })).toBe('never')
      expect(revealVerdict(schedule, { ...known, submitAddress: other }, at(110)).kind).toBe(
        'never',
      )
    }
  })
})

function revealAt(sec: number, known = toldBefore) {
  return revealVerdict(schedule, known, at(sec)).kind
}

describe('revealVerdict', () => {
  test.each([
    { sec: 75, says: 'wait' },
    { sec: 89.9, says: 'wait' },
    { sec: 90, says: 'answer' },
    { sec: 134.9, says: 'answer' },
    { sec: 135, says: 'never' },
  ])('in second $sec after the start of the commit: $says', ({ sec, says }) => {
    expect(revealAt(sec)).toBe(says)
  })

  test('is the frame of the very random and values that the commit hashes', () => {
    const verdict = revealVerdict(schedule, toldBefore, at(110))
    if (verdict.kind !== 'answer') throw new Error('Expected an answer.')
    expect(decodeFrames(verdict.data)).toEqual([
      { protocolId: 100, votingRoundId: round, payload: encodeReveal(vote) },
    ])
  })

  test('a round whose commit was never told has no reveal, and its vector stays secret', () => {
    expect(revealAt(110, unknown)).toBe('never')
    expect(revealAt(110, prepared)).toBe('never')
    expect(revealAt(75, unknown)).toBe('wait')
  })

  test('a clock that runs ahead reveals nothing while blocks say otherwise', () => {
    const late = at(300).wallMs
    for (const isClockTrusted of [true, false]) {
      const moment = at(89, { wallMs: late, isClockTrusted })
      expect(revealVerdict(schedule, toldBefore, moment).kind).toBe('wait')
    }
  })

  test('a chain that stands still is not waited for longer than it takes to be sure', () => {
    const since = (sinceHeadMs: number) =>
      revealVerdict(schedule, toldBefore, at(80, { sinceHeadMs })).kind
    expect(since(19_999)).toBe('wait')
    expect(since(20_000)).toBe('answer')
  })

  test('right after a start, before any block, this machine and the asker must do as clocks', () => {
    expect(revealVerdict(schedule, toldBefore, blind(99.9)).kind).toBe('wait')
    expect(revealVerdict(schedule, toldBefore, blind(100)).kind).toBe('answer')
  })
})
