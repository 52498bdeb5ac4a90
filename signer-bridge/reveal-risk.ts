/**
 * The watch over what is owed: a reveal that is not on chain at half of its time is told to a person,
 * who may still help. It goes on beside the loop, which may be waiting for a hand at that moment.
 */

import { type EpochSchedule, votingRoundStartMs } from '../src/protocol/epoch.ts'
import { timetableMs } from '../src/protocol/timetable.ts'
import type { Chore } from './chores.ts'
import { callOf, voteIn } from './endings.ts'
import type { Heads } from './heads.ts'
import { owedReveals } from './journal/rounds.ts'
import { keyHolding } from './keyring.ts'
import { isLedgerSigner } from './ledger/signer.ts'
import type { Log } from './log.ts'
import { chainTimeMs, type Moment } from './timeline.ts'
import type { World } from './world.ts'

/** How far the time of a round's reveal has gone. Half of it is from when a person is told. */
type RevealTime = 'before' | 'first-half' | 'second-half' | 'over'

/** By block time alone, as the chain counts it. */
export function revealTime(
  schedule: EpochSchedule,
  votingRoundId: number,
  moment: Moment,
): RevealTime {
  const { revealAt, revealDeadline } = timetableMs(schedule)
  const sinceMs = chainTimeMs(moment) - votingRoundStartMs(schedule, votingRoundId + 1)
  if (sinceMs < revealAt) return 'before'
  if (sinceMs < revealDeadline / 2) return 'first-half'
  return sinceMs < revealDeadline ? 'second-half' : 'over'
}

/** What the log has said last of a round. */
type LastSaid = (votingRoundId: number) => Readonly<Record<string, unknown>> | undefined

/** A log, and what it has said last: of one round, since one reveal at a time is owed. */
export function heardLog(log: Log): { readonly log: Log; readonly lastSaid: LastSaid } {
  let last: Readonly<Record<string, unknown>> | undefined
  return {
    log: (event) => {
      if ('voting_round_id' in event) last = event
      log(event)
    },
    lastSaid: (votingRoundId) => (last?.['voting_round_id'] === votingRoundId ? last : undefined),
  }
}

type Watched = { readonly votingRoundId: number; readonly sinceMs: number }

/** Looks each second or so whether what is owed is in danger, and tells that once a round. */
export function revealWatch(world: World, heads: Pick<Heads, 'moment'>, lastSaid: LastSaid): Chore {
  const { log, pace, steadyMs } = world
  let watched: Watched | undefined
  let toldRound: number | undefined
  return async () => {
    const owed = owedNow(world, heads.moment())
    if (owed === undefined) watched = undefined
    else if (owed.votingRoundId !== watched?.votingRoundId) {
      watched = { votingRoundId: owed.votingRoundId, sinceMs: steadyMs() }
    }
    if (owed === undefined || watched === undefined || toldRound === owed.votingRoundId) {
      return pace.pollMs * 2
    }
    // Right after a start, and after an adoption, it may be on chain or on its way there.
    const hadItsTime = steadyMs() - watched.sinceMs >= pace.resendMs
    if (owed.time === 'second-half' && hadItsTime) {
      toldRound = owed.votingRoundId
      log({ event: 'reveal-at-risk', ...(await knownOf(world, toldRound, lastSaid)) })
    }
    return pace.pollMs * 2
  }
}

/** The round whose reveal is owed, may be sent, and is not on chain as far as is known. */
function owedNow(world: World, moment: Moment) {
  const { journal, network } = world
  return owedReveals(journal)
    .map(({ votingRoundId }) => ({
      votingRoundId,
      time: revealTime(network.schedule, votingRoundId, moment),
    }))
    .filter(({ time }) => time === 'first-half' || time === 'second-half')
    .find(
      ({ votingRoundId }) =>
        journal.statusOf(callOf(voteIn(world, votingRoundId), 'submit2')) === 'planned',
    )
}

/** Enough for a person to begin with. */
async function knownOf(world: World, votingRoundId: number, lastSaid: LastSaid) {
  const { journal } = world
  const vote = voteIn(world, votingRoundId)
  const attempts = journal.attempts(callOf(vote, 'submit2'))
  const { event, outcome, code, reason } = lastSaid(votingRoundId) ?? {}
  const said = { last: event, outcome, code, reason, instruction: await toDo(world, votingRoundId) }
  return {
    voting_round_id: votingRoundId,
    commit: journal.statusOf(callOf(vote, 'submit1')),
    signed: attempts.length,
    taken: attempts.filter(({ state }) => state === 'accepted').length,
    ...Object.fromEntries(Object.entries(said).filter(([, value]) => value !== undefined)),
  }
}

/** What a person has to do at the device. One that is busy with a review answers nothing, and is not waited for. */
async function toDo(world: World, votingRoundId: number): Promise<string | undefined> {
  const { keyring, pace, sleep } = world
  const { submitAddress } = voteIn(world, votingRoundId)
  const signer = keyHolding(keyring, 'submit', submitAddress)?.signer
  if (signer === undefined || !isLedgerSigner(signer)) return undefined
  const asked = signer.unready().catch(String)
  return await Promise.race([asked, sleep(pace.pollMs).then(() => undefined)])
}
