/**
 * A round's commit where the submit key is on a Ledger: both calls are claimed in the journal, signed
 * in one sitting and written down, the reveal first, before the commit is sent. The reveal then waits
 * in the journal; it is sent in its window by the same steps as any other.
 */

import { size } from 'viem'
import { digestsIn } from '../call-digests.ts'
import { callOf, settle } from '../endings.ts'
import { commitPolicy } from '../fees.ts'
import { gasLimitOf } from '../gas.ts'
import type { Keyring, RoleKey } from '../roles.ts'
import { signCall, type SignedCall, unsignedEnd } from '../signer.ts'
import { isProvenPast, type Moment } from '../timeline.ts'
import { calldataOf, type Vote } from '../vote.ts'
import { windowOf } from '../windows.ts'
import type { World } from '../world.ts'
import { sit, type SittingKind, sittingKinds, type SittingPlan, sittingPlan } from './attended.ts'
import { offeredAt, olderFrom, roomRefusal } from './sitting-room.ts'
import { isLedgerSigner, keyFor, type LedgerSigner, type Review } from './signer.ts'

export type AttendedCommit = {
  readonly vote: Vote
  readonly key: RoleKey & { readonly signer: LedgerSigner }
  readonly moment: () => Moment
  /** Whether a commit of the round that is sent now still counts. */
  readonly maySend: () => boolean
}

/** Whether rounds are committed to by a person at a Ledger. */
export function isAttended({ keys }: Keyring): boolean {
  return keys().some(({ role, signer }) => role === 'submit' && isLedgerSigner(signer))
}

/** From where on a sitting has nonces, and what waits there. */
type Room = {
  readonly nonce: number
  readonly older: ReturnType<typeof olderFrom>
  readonly baseFeeWei: bigint
}

/**
 * Looks for the nonces that a sitting needs; `undefined` if older transactions are in its way, or it is
 * too late: the next look may find them gone.
 */
async function roomFor(
  { chain, journal, feePolicy, log, nowMs }: World,
  { vote: { votingRoundId }, key: { address }, moment, maySend }: AttendedCommit,
): Promise<Room | undefined> {
  const { head } = moment()
  if (head === undefined || !maySend()) return undefined
  const { baseFeeWei } = head
  const [latestCount, pendingCount] = await Promise.all([
    chain.latestCount(address),
    chain.pendingCount(address),
  ])
  const nonce = Math.max(latestCount, journal.nonceFloor(address))
  const older = olderFrom(journal, address, { nonce, votingRoundId })
  const policy = commitPolicy(feePolicy)
  const room = { freeNonce: nonce, pendingCount, older, policy, baseFeeWei, nowMs: nowMs() }
  const refusal = roomRefusal(room)
  if (refusal === undefined) return { nonce, older, baseFeeWei }
  log({ event: 'sitting-put-off', voting_round_id: votingRoundId, reason: refusal })
  return undefined
}

/**
 * Has a person sign both calls of a round.
 *
 * @returns Whether both are in the journal now, so that the commit can be sent. If not, the round is
 *   settled as missed, and nobody is asked for it again; or no sitting was held, as older transactions
 *   are in its way, and the next look may find them gone.
 * @throws {JournalError} `nonce-taken` while the last round's reveal may still need its nonce: the
 *   next look finds it free.
 */
export async function signedInSitting(world: World, commit: AttendedCommit): Promise<boolean> {
  const { journal, network, feePolicy, log, nowMs } = world
  const { vote, key, maySend } = commit
  const { votingRoundId } = vote
  // The process may have ended between their no and the end of the round's commit.
  const refused = sittingKinds.find((kind) => journal.isDenied(callOf(vote, kind)))
  if (refused !== undefined) {
    leaveOut(world, vote, { during: refused, reason: 'It was refused on the device.' })
    return false
  }
  const room = await roomFor(world, commit)
  if (room === undefined) return false
  const { nonce, older, baseFeeWei } = room
  const offered = offeredAt(older, nonce)
  const plan = sittingPlan({
    schedule: network.schedule,
    votingRoundId,
    freeNonce: nonce,
    baseFeeWei,
    policy: feePolicy,
    ...(offered !== undefined && { offered }),
  })
  // Both before the first signature: a reveal without its nonce would leave the commit alone.
  for (const kind of sittingKinds) claim(world, commit, plan, kind)
  log({ event: 'sitting-opened', voting_round_id: votingRoundId, until: plan.untilMs })
  const sitting = await sit(
    {
      sign: (kind, review) => signedBy(world, commit, termsOf(world, commit, plan, kind), review),
      maySend,
      show: key.signer.show,
      nowMs: world.nowMs,
    },
    plan,
  )
  if (sitting.kind === 'discarded') {
    leaveOut(world, vote, sitting)
    return false
  }
  // From the commit's row on its reveal is owed, and has to be there.
  for (const kind of sittingKinds) {
    const { calldata: _, ...terms } = termsOf(world, commit, plan, kind)
    journal.recordAttempt({
      ...terms,
      ...sitting.signed[kind],
      signedAtMs: Math.round(nowMs()),
      state: 'signed',
    })
  }
  log({ event: 'sitting-held', voting_round_id: votingRoundId })
  return true
}

/** Counts the round as missed. No reveal is owed for it. */
function leaveOut(
  world: World,
  vote: Vote,
  { during, reason }: { readonly during: SittingKind; readonly reason: string },
): void {
  const { votingRoundId } = vote
  settle(world, callOf(vote, 'submit1'), { status: 'missed', error: reason })
  world.metrics.stageReached('commit-missed')
  world.log({ event: 'sitting-discarded', voting_round_id: votingRoundId, kind: during, reason })
}

function claim(
  world: World,
  { vote, moment }: AttendedCommit,
  { nonces }: SittingPlan,
  kind: SittingKind,
): void {
  const { journal, network, nowMs } = world
  const calldata = calldataOf(vote, kind)
  journal.claimNonce(
    {
      ...callOf(vote, kind),
      calldata,
      digests: digestsIn(kind, calldata),
      nonce: nonces[kind],
      atMs: Math.round(nowMs()),
    },
    (holder) => isProvenPast(moment(), windowOf(network.schedule, holder).untilMs),
  )
}

/** All that is signed of a call. */
function termsOf(
  { journal }: World,
  { vote }: AttendedCommit,
  { nonces, fees }: SittingPlan,
  kind: SittingKind,
) {
  const calldata = calldataOf(vote, kind)
  return {
    ...callOf(vote, kind),
    kind,
    calldata,
    nonce: nonces[kind],
    fees: fees[kind],
    gas: gasLimitOf(size(calldata), journal.gasMeasured(kind)),
  }
}

/** Asks the person, and notes in the journal where that was refused or its outcome lost. */
async function signedBy(
  { journal, breaker, network, feePolicy, nowMs }: World,
  { vote, key }: AttendedCommit,
  terms: ReturnType<typeof termsOf>,
  review: Review,
): Promise<SignedCall> {
  try {
    const { chainId } = network
    const { ceilingWei } = feePolicy
    const sign = () => signCall(keyFor(key, review), { ...terms, chainId, ceilingWei })
    return await breaker.watched(key.address, sign, terms)
  } catch (error) {
    const end = unsignedEnd(error)
    if (end !== undefined) journal.noteCall(callOf(vote, terms.kind), end, Math.round(nowMs()))
    throw error
  }
}
