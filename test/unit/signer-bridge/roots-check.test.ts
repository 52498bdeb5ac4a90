import { describe, expect, test } from 'vitest'
import { checkRounds, roundsOfWaiting } from '../../../signer-bridge/roots/checks.ts'
import { rootWindowOf } from '../../../signer-bridge/roots/root-plan.ts'
import {
  type CheckFacts,
  evidenceOf,
  rootCheckOf,
} from '../../../signer-bridge/roots/self-check.ts'
import type { RootVerdict } from '../../../signer-bridge/journal/verdicts.ts'
import { networks } from '../../../src/protocol/networks.ts'
import { aFinalisation, aResult, ObservedRounds } from '../../support/observed-rounds.ts'

const network = networks.flare
const round = 1_000
const window = rootWindowOf(network.schedule, round)
const result = aResult(round)
const other = aResult(round, 124).message

/** Blocks read from the reveal deadline on, up to one stamped so. */
function readUpTo(toMs: number, fromMs = window.opensMs) {
  const seconds = { fromTimestampSec: fromMs / 1_000, toTimestampSec: toMs / 1_000 }
  return { fromBlock: 5, toBlock: 95, ...seconds }
}

function facts(differing: Partial<CheckFacts>): CheckFacts {
  const rest = { isConfirmed: true, isLast: false }
  return { votingRoundId: round, outcome: result, window, ...rest, ...differing }
}

const noResult = { kind: 'no-result', reason: 'no-valid-reveal' } as const

describe('rootCheckOf', () => {
  test('our root, relayed, is equal', () => {
    expect(rootCheckOf(facts({ finalisation: aFinalisation(result.message) }))).toEqual({
      votingRoundId: round,
      verdict: 'equal',
      ours: result.message,
      theirs: result.message,
    })
  })

  test('another root is a mismatch, and so is the same root with another flag', () => {
    expect(rootCheckOf(facts({ finalisation: aFinalisation(other) }))).toMatchObject({
      verdict: 'mismatch',
      ours: result.message,
      theirs: other,
    })
    const insecure = { ...aFinalisation(result.message), isSecureRandom: false }
    expect(rootCheckOf(facts({ finalisation: insecure }))?.verdict).toBe('mismatch')
  })

  test('a root where we found no result is a mismatch', () => {
    const given = facts({ outcome: noResult, finalisation: aFinalisation(other) })
    expect(rootCheckOf(given)).toEqual({ votingRoundId: round, verdict: 'mismatch', theirs: other })
  })

  test('another root by the word of one node is waited for, and unknown at the last look', () => {
    const alone = { finalisation: aFinalisation(other), isConfirmed: false }
    expect(rootCheckOf(facts(alone))).toBeUndefined()
    expect(rootCheckOf(facts({ ...alone, isLast: true }))?.verdict).toBe('unknown')
    const ours = { ...alone, finalisation: aFinalisation(result.message) }
    expect(rootCheckOf(facts(ours))?.verdict).toBe('equal')
  })

  test.each([
    { outcome: result, verdict: 'not-finalised' },
    { outcome: noResult, verdict: 'none' },
  ] as const)(
    'nothing relayed is $verdict once all of the epoch is read',
    ({ outcome, verdict }) => {
      const read = (stretch?: CheckFacts['stretch']) =>
        rootCheckOf(facts({ outcome, ...(stretch !== undefined && { stretch }) }))?.verdict
      expect(read(readUpTo(window.closesMs))).toBe(verdict)
      expect(read(readUpTo(window.closesMs - 1_000))).toBeUndefined()
      expect(read(readUpTo(window.closesMs, window.opensMs + 1_000))).toBeUndefined()
      expect(read()).toBeUndefined()
    },
  )

  test.each([
    { kind: 'not-yet' },
    { kind: 'incomplete', isRewardEpochMissing: false, missingRounds: [999] },
  ] as const)('a round that is $kind is waited for, and unknown at the last look', (outcome) => {
    const finalisation = aFinalisation(other)
    expect(rootCheckOf(facts({ outcome, finalisation }))).toBeUndefined()
    expect(rootCheckOf(facts({ outcome, finalisation, isLast: true }))).toEqual({
      votingRoundId: round,
      verdict: 'unknown',
      theirs: other,
    })
  })
})

describe('evidenceOf', () => {
  test('holds what the root was made of, so that it can be made again', () => {
    const given = facts({
      finalisation: aFinalisation(other),
      stretch: readUpTo(window.closesMs),
    })
    const check = rootCheckOf(given)
    if (check === undefined) throw new Error('There is no verdict.')
    expect(evidenceOf(given, check)).toEqual({
      voting_round_id: round,
      verdict: 'mismatch',
      ours: result.message,
      theirs: other,
      relayed_in: { block_number: 1, tx_hash: `0x${'1'.padStart(64, '0')}` },
      outcome: 'result',
      reward_epoch_id: 309,
      random: { value: `0x${'7'.padStart(64, '0')}`, is_secure: true, proof: result.randomProof },
      feeds: [
        {
          id: result.feeds[0]?.id,
          value: 123,
          turnout_bips: 9_000,
          decimals: 2,
          participating_weight: '9',
          leaf: result.feeds[0]?.leaf,
        },
      ],
      read: readUpTo(window.closesMs),
    })
  })

  test('says why there was no result', () => {
    const given = facts({ outcome: noResult, finalisation: aFinalisation(other) })
    const evidence = evidenceOf(given, {
      votingRoundId: round,
      verdict: 'mismatch',
      theirs: other,
    })
    expect(evidence).toMatchObject({ outcome: 'no-result', reason: 'no-valid-reveal' })
    expect(evidence).not.toHaveProperty('feeds')
  })
})

/** A world that writes a diary. */
function diaryWorld(rounds: ObservedRounds) {
  const diary: string[] = []
  const kept: unknown[] = []
  const verdicts = new Map<number, RootVerdict>()
  const world = {
    nowMs: () => 1,
    network,
    observer: rounds.port(),
    journal: {
      verdictOn: (votingRoundId: number) => verdicts.get(votingRoundId),
      noteVerdict: (verdict: RootVerdict, _atMs: number, evidence?: unknown) => {
        verdicts.set(verdict.votingRoundId, verdict)
        if (evidence !== undefined) kept.push(evidence)
      },
    },
    metrics: { rootChecked: (verdict: string) => void diary.push(`counted ${verdict}`) },
    log: ({ event, voting_round_id }: Readonly<Record<string, unknown>>) =>
      void diary.push(`${String(event)} ${String(voting_round_id)}`),
  }
  return { world, diary, kept, verdicts }
}

describe('checkRounds', () => {
  /** The last round before: everything older is known to be settled. */
  function settledBefore(verdicts: Map<number, RootVerdict>, from: number): void {
    for (let votingRoundId = round - roundsOfWaiting; votingRoundId < from; votingRoundId += 1) {
      verdicts.set(votingRoundId, { votingRoundId, verdict: 'equal' })
    }
  }

  test('each round is checked once, the open one as soon as it is final', () => {
    const rounds = new ObservedRounds()
    const { world, diary, verdicts, kept } = diaryWorld(rounds)
    settledBefore(verdicts, round)
    rounds.outcomes.set(round, result)
    checkRounds(world, round)
    expect(diary).toEqual([])

    rounds.finalise(result.message)
    checkRounds(world, round)
    checkRounds(world, round)
    expect(diary).toEqual(['counted equal', `root-checked ${round}`])
    expect(kept).toEqual([])
  })

  test('a mismatch is told, and its evidence kept', () => {
    const rounds = new ObservedRounds()
    const { world, diary, verdicts, kept } = diaryWorld(rounds)
    settledBefore(verdicts, round)
    rounds.outcomes.set(round, result)
    rounds.finalise(other)
    checkRounds(world, round)
    expect(diary).toEqual(['counted mismatch', `root-mismatch ${round}`])
    expect(kept).toMatchObject([{ voting_round_id: round, ours: result.message, theirs: other }])
  })

  test.each([
    { what: 'the block with the other root', confirmation: 'confirmed', isHeard: true },
    { what: 'the round’s own blocks', confirmation: 'awaited', isHeard: false },
    { what: 'them rightly', confirmation: 'contradicted', isHeard: false },
  ] as const)('nobody is alarmed while no other node tells $what', ({ confirmation, isHeard }) => {
    const rounds = new ObservedRounds()
    const { world, diary, verdicts } = diaryWorld(rounds)
    settledBefore(verdicts, round)
    rounds.outcomes.set(round, result)
    rounds.confirmation = confirmation
    if (isHeard) rounds.heard.set(round, aFinalisation(other))
    else rounds.finalise(other)
    checkRounds(world, round)
    expect(diary).toEqual([])
    rounds.confirmation = 'confirmed'
    rounds.finalise(other)
    rounds.heard.clear()
    checkRounds(world, round)
    expect(diary).toEqual(['counted mismatch', `root-mismatch ${round}`])
  })

  test('a round that nobody finalised is told after its epoch', () => {
    const rounds = new ObservedRounds()
    const { world, diary, verdicts } = diaryWorld(rounds)
    settledBefore(verdicts, round)
    rounds.outcomes.set(round, result)
    rounds.stretch = readUpTo(window.closesMs)
    checkRounds(world, round + 1)
    expect(diary).toEqual(['counted not-finalised', `round-not-finalised ${round}`])
  })

  test('what cannot be read is waited for some rounds, and then given up', () => {
    const rounds = new ObservedRounds()
    const { world, diary, verdicts } = diaryWorld(rounds)
    settledBefore(verdicts, round)
    checkRounds(world, round + roundsOfWaiting - 1)
    expect(diary).toEqual([])
    checkRounds(world, round + roundsOfWaiting)
    expect(verdicts.get(round)).toEqual({ votingRoundId: round, verdict: 'unknown' })
    expect(diary).toEqual(['counted unknown', 'root-not-checked undefined'])
  })
})
