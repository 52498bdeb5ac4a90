/**
 * Signs a round's root, in the order of safety: the form of digest that peers prove, the binding on
 * the disk, the reservation at the Worker, and only then the signature, which the journal keeps.
 */

import { keccak256 } from 'viem'
import type { Address, Hex } from 'viem'
import { lowerCase } from '../../src/protocol/address.ts'
import { readProtocolMessage } from '../../src/protocol/protocol-message.ts'
import type { Signature } from '../../src/protocol/signatures.ts'
import type { DigestForm } from '../../src/protocol/digests.ts'
import { JournalError } from '../journal/database.ts'
import type { BoundRoot, RootBook } from '../journal/roots.ts'
import type { LeaseHolding } from '../lease.ts'
import type { Log } from '../log.ts'
import type { ObservedEpoch } from '../observer/observer.ts'
import type { Pace } from '../pace.ts'
import { answerLoss } from '../reserve-commit.ts'
import type { RoleKey } from '../roles.ts'
import { unsignedEnd } from '../signer.ts'
import type { Worker } from '../worker-client.ts'
import type { DigestBook } from './digest-book.ts'
import type { RefusedReason } from './root-plan.ts'

export type SigningWorld = {
  readonly nowMs: () => number
  readonly network: { readonly chainId: number }
  readonly digests: DigestBook
  readonly journal: Pick<
    RootBook,
    'bindRoot' | 'noteRootSigned' | 'noteRootUnsigned' | 'refuseRoot'
  >
  readonly worker: Pick<Worker, 'reserve'>
  readonly lease: Pick<LeaseHolding, 'token' | 'lose' | 'renew'>
  /** Whether what this host may have signed before it was started is known. */
  readonly isArmed: () => boolean
  /** Why a key is not to be asked for a signature now, by what became of the last ones. */
  readonly signerRefusal: (signer: Address) => string | undefined
  readonly signRoot: (
    key: RoleKey,
    root: Pick<BoundRoot, 'protocolId' | 'votingRoundId' | 'message'> & {
      readonly form: DigestForm
      readonly chainId: number
    },
  ) => Promise<Signature>
  readonly pace: Pick<Pace, 'workerMs'>
  readonly log: Log
}

/** A root that is due. */
export type DueRoot = {
  readonly protocolId: number
  readonly votingRoundId: number
  readonly epoch: ObservedEpoch
  /** 38 bytes. */
  readonly message: Hex
  /** Goes behind the signature as it stands. */
  readonly unsigned?: Hex
  readonly signingPolicy: RoleKey
  readonly submitSignaturesAddress: Address
  /** Asked after each wait: whether its window is still open and it is still our result. */
  readonly maySign: () => boolean
}

export type SignOutcome =
  | { readonly kind: 'signed' }
  /** May go better at the next look. */
  | {
      readonly kind: 'wait'
      readonly reason:
        | 'not-armed'
        | 'breaker-open'
        | 'lease-absent'
        | 'reservation-failed'
        | 'no-peer-signatures'
        | 'digest-unclear'
        | 'overtaken'
    }
  | { readonly kind: 'refuse'; readonly reason: RefusedReason | 'below-watermark' }

/**
 * Signs a root, unless something speaks against it.
 *
 * @throws {SigningError} if the signer fails; what it may have signed is the bound root and no other.
 */
export async function signDueRoot(world: SigningWorld, due: DueRoot): Promise<SignOutcome> {
  const { protocolId, votingRoundId, epoch, message, unsigned, signingPolicy } = due
  const signer = lowerCase(signingPolicy.address)
  if (!world.isArmed()) return { kind: 'wait', reason: 'not-armed' }
  if (world.signerRefusal(signer) !== undefined) return { kind: 'wait', reason: 'breaker-open' }
  if (world.lease.token() === undefined) return { kind: 'wait', reason: 'lease-absent' }

  const question = { votingRoundId, epoch, signingPolicyAddress: signer }
  const choice = await world.digests.choiceFor(question)
  if (choice.kind !== 'chosen') return { kind: 'wait', reason: choice.kind }
  if (!due.maySign()) return { kind: 'wait', reason: 'overtaken' }

  const root: BoundRoot = {
    protocolId,
    votingRoundId,
    rewardEpochId: epoch.policy.rewardEpochId,
    signer,
    sender: lowerCase(due.submitSignaturesAddress),
    message,
    ...(unsigned !== undefined && { unsigned }),
  }
  const unbound = bind(world, root)
  if (unbound !== undefined) return unbound
  const unreserved = await reserve(world, root)
  if (unreserved !== undefined) return unreserved
  if (!due.maySign()) return { kind: 'wait', reason: 'overtaken' }
  return await sign(world, root, { key: signingPolicy, form: choice.form })
}

/** Binds the round on the disk. What it is bound to already stays. */
function bind(world: SigningWorld, root: BoundRoot): SignOutcome | undefined {
  const { votingRoundId, message } = root
  try {
    world.journal.bindRoot(root, Math.round(world.nowMs()))
    return undefined
  } catch (error) {
    if (!(error instanceof JournalError)) throw error
    if (error.code === 'below-watermark') return { kind: 'refuse', reason: error.code }
    if (error.code !== 'digest-conflict') throw error
    const event = { event: 'root-conflict', voting_round_id: votingRoundId, message }
    world.log({ ...event, reason: error.message })
    return { kind: 'refuse', reason: 'root-conflict' }
  }
}

/**
 * Reserves the root at the Worker, so that no second bridge signs another. If the Worker cannot be
 * reached, the leaseholder goes on alone; that another root is reserved is final for the round.
 */
async function reserve(world: SigningWorld, root: BoundRoot): Promise<SignOutcome | undefined> {
  const { worker, lease, journal, log, pace } = world
  const { votingRoundId, protocolId, signer, message } = root
  const token = lease.token()
  if (token === undefined) return { kind: 'wait', reason: 'lease-absent' }
  const reservation = {
    fencing_token: token,
    signer,
    kind: 'root',
    protocol_id: protocolId,
    voting_round_id: votingRoundId,
    digest: keccak256(message),
  } as const
  const answer = await worker.reserve(reservation, pace.workerMs)
  if (answer.kind === 'answered') return undefined
  if (answer.kind === 'unreachable') {
    if (lease.token() === undefined) return { kind: 'wait', reason: 'lease-absent' }
    log({ event: 'reservation-skipped', voting_round_id: votingRoundId, reason: answer.reason })
    return undefined
  }
  log({ event: 'reservation-refused', voting_round_id: votingRoundId, code: answer.code })
  if (answer.code === 'digest-differs') {
    journal.refuseRoot(root, 'reserved-by-another')
    return { kind: 'refuse', reason: 'reserved-by-another' }
  }
  await answerLoss({ lease }, answer)
  return { kind: 'wait', reason: 'reservation-failed' }
}

async function sign(
  world: SigningWorld,
  root: BoundRoot,
  by: { readonly key: RoleKey; readonly form: DigestForm },
): Promise<SignOutcome> {
  const { journal, network, nowMs, log } = world
  const { votingRoundId, message } = root
  const { form, key } = by
  try {
    const signature = await world.signRoot(key, { ...root, form, chainId: network.chainId })
    journal.noteRootSigned(root, { form, signature }, Math.round(nowMs()))
  } catch (error) {
    const end = unsignedEnd(error)
    if (end !== undefined) journal.noteRootUnsigned(root, end, Math.round(nowMs()))
    // A person has said no: nobody asks again by himself.
    if (end !== 'denied') throw error
    journal.refuseRoot(root, 'signing-denied')
    return { kind: 'refuse', reason: 'signing-denied' }
  }
  const said = readProtocolMessage(message)
  log({
    event: 'root-signed',
    voting_round_id: votingRoundId,
    merkle_root: said?.merkleRoot,
    is_secure_random: said?.isSecureRandom,
    digest_form: form,
  })
  return { kind: 'signed' }
}
