/**
 * The self-check, done: each recent round once, in the journal, the metrics and the log. It needs no
 * key of ours, and a mismatch stops nothing: a wrong root is merely not rewarded.
 */

import { protocolIds } from '../../src/protocol/payload.ts'
import type { EpochSchedule } from '../../src/protocol/epoch.ts'
import type { RootBook } from '../journal/roots.ts'
import type { VerdictBook } from '../journal/verdicts.ts'
import type { Log } from '../log.ts'
import type { Observer } from '../observer/observer.ts'
import { finalisedMessageOf } from './finalised-message.ts'
import type { RootMetrics } from './root-metrics.ts'
import { rootWindowOf } from './root-plan.ts'
import { type CheckFacts, evidenceOf, type RootCheck, rootCheckOf } from './self-check.ts'

export type ChecksWorld = {
  readonly nowMs: () => number
  readonly network: { readonly schedule: EpochSchedule }
  readonly observer: Pick<
    Observer,
    'outcomeOf' | 'finalisationOf' | 'relayHeardOf' | 'confirmationOf' | 'stretch'
  >
  readonly journal: Pick<VerdictBook, 'verdictOn' | 'noteVerdict'>
  readonly log: Log
  readonly metrics: Pick<RootMetrics, 'rootChecked'>
}

/** For so many rounds a verdict is waited for; reading on may take that long after an outage. */
export const roundsOfWaiting = 5

/**
 * Checks the rounds up to one that have no verdict yet.
 *
 * @param latestRoundId The last round whose root may have been relayed.
 */
export function checkRounds(world: ChecksWorld, latestRoundId: number): void {
  for (let back = roundsOfWaiting; back >= 0; back -= 1) {
    const votingRoundId = latestRoundId - back
    if (votingRoundId < 0 || world.journal.verdictOn(votingRoundId) !== undefined) continue
    const facts = factsOf(world, votingRoundId, back === roundsOfWaiting)
    const check = rootCheckOf(facts)
    if (check !== undefined) note(world, facts, check)
  }
}

function factsOf(
  { observer, network }: ChecksWorld,
  votingRoundId: number,
  isLast: boolean,
): CheckFacts {
  const finalisation = observer.finalisationOf(protocolIds.ftso, votingRoundId)
  const heard = finalisation ?? observer.relayHeardOf(protocolIds.ftso, votingRoundId)
  const stretch = observer.stretch()
  return {
    votingRoundId,
    outcome: observer.outcomeOf(votingRoundId),
    window: rootWindowOf(network.schedule, votingRoundId),
    isLast,
    isConfirmed: observer.confirmationOf(votingRoundId) === 'confirmed' && heard === finalisation,
    ...(heard !== undefined && { finalisation: heard }),
    ...(stretch !== undefined && { stretch }),
  }
}

function note(world: ChecksWorld, facts: CheckFacts, check: RootCheck): void {
  const { journal, metrics, log, nowMs } = world
  const { verdict, votingRoundId, ours, theirs } = check
  const evidence = verdict === 'mismatch' ? evidenceOf(facts, check) : undefined
  journal.noteVerdict(check, Math.round(nowMs()), evidence)
  metrics.rootChecked(verdict)
  const round = { voting_round_id: votingRoundId }
  switch (verdict) {
    case 'equal':
      return log({ event: 'root-checked', ...round })
    case 'mismatch':
      return log({ event: 'root-mismatch', ...round, ours, theirs })
    case 'not-finalised':
      return log({ event: 'round-not-finalised', ...round, ours })
    case 'none':
      return log({ event: 'round-without-result', ...round })
    case 'unknown':
      return log({ event: 'root-not-checked', reason: facts.outcome.kind })
  }
}

export type SignedWorld = {
  readonly protocolId: number
  readonly observer: Pick<Observer, 'finalisationOf'>
  readonly journal: Pick<RootBook, 'rootOf'>
  /** Says whose root it is. */
  readonly log: Log
}

/**
 * Holds a companion's roots that we have signed against those that were made final, each once. One that
 * differs is fined, so that somebody has to look at what its client reads.
 *
 * @param latestRoundId The last round whose root may have been relayed.
 * @param checked The rounds that are done with; those of long ago are forgotten.
 */
export function checkSigned(world: SignedWorld, latestRoundId: number, checked: Set<number>): void {
  const { protocolId, observer, journal, log } = world
  const firstRoundId = latestRoundId - roundsOfWaiting
  for (const past of checked) if (past < firstRoundId) checked.delete(past)
  for (let votingRoundId = firstRoundId; votingRoundId <= latestRoundId; votingRoundId += 1) {
    if (votingRoundId < 0 || checked.has(votingRoundId)) continue
    const root = journal.rootOf({ protocolId, votingRoundId })
    const finalisation = observer.finalisationOf(protocolId, votingRoundId)
    if (root?.signed === undefined || finalisation === undefined) continue
    checked.add(votingRoundId)
    const theirs = finalisedMessageOf(finalisation)
    if (theirs === root.message) continue
    const messages = { ours: root.message, theirs }
    log({ event: 'root-mismatch', voting_round_id: votingRoundId, ...messages })
  }
}
