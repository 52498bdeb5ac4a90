/**
 * How a round begins when somebody else sends: the vector is frozen, the round is bound to it, the
 * commit is reserved, its reveal is owed from then on. Only after all of that may it be told.
 */

import type { Address, Hex } from 'viem'
import { protocolIds } from '../../src/protocol/payload.ts'
import { OracleError } from '../../src/protocol/errors.ts'
import { JournalError } from '../journal/database.ts'
import type { Handovers } from '../journal/handovers.ts'
import type { RoundBook } from '../journal/rounds.ts'
import { prepareRound } from '../prepare-round.ts'
import { answerLoss } from '../reserve-commit.ts'
import { mayCommit, type Moment } from '../timeline.ts'
import type { Vote } from '../vote.ts'
import type { Answer } from '../worker-client.ts'
import type { World } from '../world.ts'

/** What came of one attempt. */
export type Begun =
  | { readonly kind: 'done' }
  | { readonly kind: 'wait'; readonly reason: string }
  | { readonly kind: 'never'; readonly reason: string }

export type BeginDeps = Pick<
  World,
  'nowMs' | 'lease' | 'randomOf' | 'guard' | 'log' | 'network' | 'pace'
> & {
  readonly chain: Pick<World['chain'], 'feedsOf'>
  readonly worker: Pick<World['worker'], 'freeze' | 'reserve'>
  readonly metrics: Pick<World['metrics'], 'stageReached'>
  readonly journal: Pick<RoundBook, 'prepare'> & Pick<Handovers, 'handOver'>
  readonly moment: () => Moment
}

/** Asks for the round's vector, makes it a vote and binds the round to it. Nothing is told yet. */
export async function freeze(
  deps: BeginDeps,
  votingRoundId: number,
  submitAddress: Address,
): Promise<Begun> {
  const { chain, worker, lease, pace } = deps
  const token = lease.token()
  if (token === undefined) return noLease
  return attempt(deps, { event: 'freeze-failed', votingRoundId }, async () => {
    const { rewardEpochId, feeds } = chain.feedsOf(votingRoundId)
    const request = { fencing_token: token, attended: false, feeds: [...feeds] }
    const answer = await worker.freeze(votingRoundId, request, pace.freezeMs)
    if (answer.kind !== 'answered') return await refused(deps, 'freeze-failed', answer)

    const { attended: isAttended } = request
    const asked = { votingRoundId, rewardEpochId, feeds, submitAddress, isAttended }
    prepareRound(deps, answer.value, asked)
    return done
  })
}

/**
 * Reserves a vote's commit at the Worker and notes that its reveal is owed. If the Worker cannot be
 * reached, the leaseholder goes on alone; that another commit is reserved is final.
 */
export async function handOver(deps: BeginDeps, vote: Vote): Promise<Begun> {
  const { journal, metrics, network, nowMs, moment } = deps
  const { votingRoundId } = vote
  return attempt(deps, { event: 'hand-over-failed', votingRoundId }, async () => {
    const reserved = await reserve(deps, {
      kind: 'commit',
      votingRoundId,
      signer: vote.submitAddress,
      digest: vote.commit,
    })
    if (reserved.kind !== 'done') return reserved
    if (!mayCommit(network.schedule, votingRoundId, moment())) {
      return { kind: 'wait', reason: 'The reservation took too long.' }
    }
    journal.handOver(votingRoundId, Math.round(nowMs()))
    metrics.stageReached('handed-over')
    return done
  })
}

type Reserving = {
  readonly kind: 'commit' | 'root'
  readonly votingRoundId: number
  /** Whose commit or signature it is: on every host the same. */
  readonly signer: Address
  /** 32 bytes. */
  readonly digest: Hex
}

/** Reserves what is about to be told. */
export async function reserve(
  deps: Pick<BeginDeps, 'worker' | 'lease' | 'log' | 'pace'>,
  { kind, votingRoundId, signer, digest }: Reserving,
): Promise<Begun> {
  const { worker, lease, log, pace } = deps
  const token = lease.token()
  if (token === undefined) return noLease
  const reservation = {
    fencing_token: token,
    signer,
    kind,
    protocol_id: protocolIds.ftso,
    voting_round_id: votingRoundId,
    digest,
  } as const
  const answer = await worker.reserve(reservation, pace.workerMs)
  if (answer.kind === 'answered') return done
  if (answer.kind === 'refused') return refused(deps, 'reservation-refused', answer)
  if (lease.token() === undefined) return noLease
  log({ event: 'reservation-skipped', voting_round_id: votingRoundId, reason: answer.reason })
  return done
}

const done: Begun = { kind: 'done' }
const noLease: Begun = { kind: 'wait', reason: 'This bridge does not hold the lease.' }

/** A token that is no longer the present one is given up at once, and the lease asked for anew. */
async function refused(
  { lease, log }: Pick<BeginDeps, 'lease' | 'log'>,
  event: string,
  answer: Exclude<Answer<unknown>, { kind: 'answered' }>,
): Promise<Begun> {
  if (answer.kind === 'unreachable') {
    log({ event, reason: answer.reason })
    return { kind: 'wait', reason: `The Worker cannot be reached: ${answer.reason}` }
  }
  log({ event, code: answer.code })
  await answerLoss({ lease }, answer)
  const reason = `The Worker says ${answer.code}.`
  return { kind: final.has(answer.code) ? 'never' : 'wait', reason }
}

/** What the Worker will say of the round however often it is asked. */
const final: ReadonlySet<string> = new Set(['digest-differs', 'feeds-differ', 'round-over'])

/** Enough for a person. */
const maxReason = 300

/**
 * An attempt whose failure is the world's, the disk's among it: nothing is told, and the next look
 * tries again. What the journal refuses it refuses for ever. A bug is not caught.
 */
export async function attempt(
  { log }: Pick<BeginDeps, 'log'>,
  { event, votingRoundId }: { readonly event: string; readonly votingRoundId: number },
  work: () => Promise<Begun>,
): Promise<Begun> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof TypeError || error instanceof ReferenceError) throw error
    const code = error instanceof OracleError ? { code: error.code } : {}
    const reason = error instanceof Error ? error.message.slice(0, maxReason) : String(error)
    log({ event, voting_round_id: votingRoundId, ...code, reason })
    return { kind: error instanceof JournalError ? 'never' : 'wait', reason }
  }
}
