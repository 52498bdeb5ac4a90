/** Thirty rounds over the start of a reward epoch, against an oracle that knows nothing of the house. */

import type { Address } from 'viem'
import { beforeAll, expect, test } from 'vitest'
import { networks } from '../../../src/protocol/networks.ts'
import { rawSubmissionsOf } from '../../../src/protocol/raw-submissions.ts'
import {
  offendersOfRound,
  roundResultOf,
  type RoundOutcome,
} from '../../../src/protocol/round-result.ts'
import { submissionsOfRound } from '../../../src/protocol/submissions-of-round.ts'
import { naiveOracle, type OracleVerdict } from '../../support/naive-oracle.ts'
import { simulatedRounds } from '../../support/simulated-rounds.ts'

/** Thousands of hashes on a machine that may do other things too. */
const busyMachineMs = 60_000

const { schedule } = networks.flare
const world = simulatedRounds()
const outcomes = new Map<number, RoundOutcome>()
const verdicts = new Map<number, OracleVerdict | undefined>()

const judgedRounds = Array.from({ length: 30 }, (_, i) => world.lastRound - 29 + i)

beforeAll(() => {
  const raw = world.blocks.flatMap(rawSubmissionsOf)
  const history = new Map<number, ReadonlySet<Address>>()
  for (let votingRoundId = world.firstRound; votingRoundId <= world.lastRound; votingRoundId += 1) {
    const inputs = {
      votingRoundId,
      rewardEpochs: world.epochs,
      submissions: submissionsOfRound(schedule, votingRoundId, raw),
    }
    outcomes.set(votingRoundId, roundResultOf({ ...inputs, history }))
    history.set(votingRoundId, offendersOfRound(inputs) ?? new Set())
  }
  const oracle = naiveOracle({ ...world, genesisSec: schedule.genesisSec })
  for (const round of judgedRounds) verdicts.set(round, oracle(round))
}, busyMachineMs)

test.each(judgedRounds)('round %d has the root that the oracle finds', (round) => {
  const outcome = outcomes.get(round)
  const verdict = verdicts.get(round)
  expect(verdict).toBeDefined()
  expect(outcome).toMatchObject({ kind: 'result', votingRoundId: round })
  if (outcome?.kind !== 'result') return
  expect({
    values: outcome.feeds.map((feed) => feed.value),
    turnouts: outcome.feeds.map((feed) => feed.turnoutBips),
    random: outcome.random.value,
    isSecure: outcome.random.isSecure,
    root: outcome.tree.root,
  }).toEqual(verdict)
})

test('the first twenty rounds have no root, for the bench is not known', () => {
  for (let round = world.firstRound; round < world.firstRound + 20; round += 1) {
    expect(outcomes.get(round)).toMatchObject({ kind: 'incomplete', isRewardEpochMissing: false })
  }
})

test('the scenario has what it is for', () => {
  const told = [...verdicts.values()].filter((verdict) => verdict !== undefined)
  expect(new Set(told.map(({ root }) => root)).size).toBe(30)
  expect(new Set(told.map(({ isSecure }) => isSecure))).toEqual(new Set([true, false]))
  for (const epoch of world.epochs) {
    expect(epoch.voters.length).toBeGreaterThanOrEqual(50)
    expect(epoch.voters.filter(({ weight }) => weight === 0n).length).toBeGreaterThanOrEqual(2)
  }
  // Nobody votes for one feed, and only voters without weight for another.
  for (const { values, turnouts } of told) {
    expect(turnouts.filter((turnout) => turnout === 0)).toHaveLength(2)
    expect(values.filter((value) => value === 0)).toHaveLength(1)
  }
  expect(new Set(told.map(({ values }) => values.length))).toEqual(new Set([12, 9]))
})
