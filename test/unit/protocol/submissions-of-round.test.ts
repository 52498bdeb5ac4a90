import fc from 'fast-check'
import { bytesToHex, concatHex, type Hex } from 'viem'
import { describe, expect, test } from 'vitest'
import { networks, withRoundSec } from '../../../src/protocol/networks.ts'
import { encodeFrame } from '../../../src/protocol/payload.ts'
import type { RawSubmission } from '../../../src/protocol/raw-submissions.ts'
import { submissionSelectors } from '../../../src/protocol/submission.ts'
import { submissionsOfRound } from '../../../src/protocol/submissions-of-round.ts'
import { aSubmission, calldataOf, providerAt } from '../../support/votes.ts'

const { schedule } = networks.flare
const round = 1_520_840
const startSec = 1_658_430_000 + 90 * round
const hash: Hex = `0x${'ab'.repeat(32)}`
const otherHash: Hex = `0x${'cd'.repeat(32)}`

/** A commit of provider 1 in the middle of the round. */
function aCommit(differing: Partial<RawSubmission> = {}): RawSubmission {
  return aSubmission({
    method: 'submit1',
    timestampSec: startSec + 60,
    calldata: calldataOf('submit1', round, hash),
    ...differing,
  })
}

/** A reveal of provider 1, whatever it may say, early in the next round. */
function aReveal(differing: Partial<RawSubmission> = {}): RawSubmission {
  return aSubmission({
    method: 'submit2',
    timestampSec: startSec + 100,
    calldata: calldataOf('submit2', round, '0x01'),
    ...differing,
  })
}

function commitsOf(...submissions: RawSubmission[]): Record<string, Hex> {
  return Object.fromEntries(submissionsOfRound(schedule, round, submissions).commits)
}

function revealsOf(...submissions: RawSubmission[]): Record<string, readonly Hex[]> {
  return Object.fromEntries(submissionsOfRound(schedule, round, submissions).reveals)
}

describe('commits', () => {
  test.each([
    { atSec: -1, counts: false },
    { atSec: 0, counts: true },
    { atSec: 89, counts: true },
    { atSec: 90, counts: false },
  ])('a block stamped $atSec s from the start: $counts', ({ atSec, counts }) => {
    const timestampSec = startSec + atSec
    expect(commitsOf(aCommit({ timestampSec }))).toEqual(counts ? { [providerAt(1)]: hash } : {})
  })

  test('the last of an address counts, by block and then by place in it', () => {
    const early = aCommit({ blockNumber: 2, transactionIndex: 9 })
    const late = aCommit({
      blockNumber: 3,
      transactionIndex: 0,
      calldata: calldataOf('submit1', round, otherHash),
    })
    expect(commitsOf(late, early)).toEqual({ [providerAt(1)]: otherHash })
    const beside = { ...late, blockNumber: 2, transactionIndex: 10 }
    expect(commitsOf(beside, early)).toEqual({ [providerAt(1)]: otherHash })
    expect(commitsOf({ ...beside, transactionIndex: 8 }, early)).toEqual({ [providerAt(1)]: hash })
  })

  test('of two frames in one transaction the last that is a commit counts', () => {
    const frames = [hash, otherHash, '0xabcd'] as const
    const calldata = concatHex([
      submissionSelectors.submit1,
      ...frames.map((payload) => encodeFrame({ protocolId: 100, votingRoundId: round, payload })),
    ])
    expect(commitsOf(aCommit({ calldata }))).toEqual({ [providerAt(1)]: otherHash })
  })

  test.each<{ why: string; calldata: Hex }>([
    { why: 'a commit of 31 bytes', calldata: calldataOf('submit1', round, `0x${'ab'.repeat(31)}`) },
    { why: 'one of 33 bytes', calldata: calldataOf('submit1', round, `0x${'ab'.repeat(33)}`) },
    { why: 'a broken frame', calldata: `${calldataOf('submit1', round, otherHash)}64` },
    { why: 'half a byte', calldata: `${calldataOf('submit1', round, otherHash)}6` },
    { why: 'the next round', calldata: calldataOf('submit1', round + 1, otherHash) },
    { why: 'the round before', calldata: calldataOf('submit1', round - 1, otherHash) },
    {
      why: 'another protocol',
      calldata: concatHex([
        submissionSelectors.submit1,
        encodeFrame({ protocolId: 200, votingRoundId: round, payload: otherHash }),
      ]),
    },
  ])('$why takes nothing from the commit before it', ({ calldata }) => {
    expect(commitsOf(aCommit(), aCommit({ blockNumber: 2, calldata }))).toEqual({
      [providerAt(1)]: hash,
    })
  })

  test('a broken frame spoils the good one before it', () => {
    const calldata = `${calldataOf('submit1', round, hash)}64` as const
    expect(commitsOf(aCommit({ calldata }))).toEqual({})
  })

  test('a reveal is no commit', () => {
    expect(commitsOf(aReveal({ timestampSec: startSec + 60 }))).toEqual({})
  })
})

describe('reveals', () => {
  test.each([
    { atSec: 89, counts: false },
    { atSec: 90, counts: true },
    { atSec: 134, counts: true },
    { atSec: 135, counts: false },
    { atSec: 180, counts: false },
  ])('a block stamped $atSec s from the start: $counts', ({ atSec, counts }) => {
    const timestampSec = startSec + atSec
    expect(revealsOf(aReveal({ timestampSec }))).toEqual(
      counts ? { [providerAt(1)]: ['0x01'] } : {},
    )
  })

  test('are all kept, oldest first, for which can be read is decided later', () => {
    const second = aReveal({ blockNumber: 5, calldata: calldataOf('submit2', round, '0x02') })
    expect(revealsOf(second, aReveal())).toEqual({ [providerAt(1)]: ['0x01', '0x02'] })
  })

  test('the deadline shrinks with the round', () => {
    const short = withRoundSec(networks.local, 20).schedule
    const from = short.genesisSec + 20 * 7
    const at = (timestampSec: number) =>
      submissionsOfRound(short, 7, [
        aReveal({ timestampSec, calldata: calldataOf('submit2', 7, '0x01') }),
      ]).reveals.size
    expect([19, 20, 29, 30].map((sec) => at(from + sec))).toEqual([0, 1, 1, 0])
  })
})

test('rounds do not mix, and providers neither', () => {
  const other = aCommit({
    sender: providerAt(2),
    calldata: calldataOf('submit1', round, otherHash),
  })
  const next = aCommit({
    timestampSec: startSec + 100,
    calldata: calldataOf('submit1', round + 1, hash),
  })
  expect(commitsOf(aCommit(), next, aReveal(), other)).toEqual({
    [providerAt(1)]: hash,
    [providerAt(2)]: otherHash,
  })
})

test('property: no calldata makes it throw', () => {
  const bytes = fc.uint8Array({ maxLength: 60 }).map((each) => bytesToHex(each))
  const selector = fc.constantFrom(submissionSelectors.submit1, submissionSelectors.submit2)
  const method = fc.constantFrom('submit1' as const, 'submit2' as const)
  const frame = bytes.map((payload) =>
    encodeFrame({ protocolId: 100, votingRoundId: round, payload }),
  )
  const calldata = fc
    .tuple(selector, fc.oneof(bytes, frame), fc.constantFrom('', '0', '64', '0g'))
    .map(([head, body, tail]): Hex => `${concatHex([head, body])}${tail}`)
  fc.assert(
    fc.property(fc.array(fc.record({ method, calldata, atSec: fc.nat(135) })), (calls) => {
      const submissions = calls.map(({ atSec, ...call }) =>
        aSubmission({ ...call, timestampSec: startSec + atSec }),
      )
      const { commits, reveals } = submissionsOfRound(schedule, round, submissions)
      expect(commits.size).toBeLessThanOrEqual(1)
      expect(reveals.size).toBeLessThanOrEqual(1)
    }),
    { numRuns: 500 },
  )
})
