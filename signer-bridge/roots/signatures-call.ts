/**
 * The call that carries a root's signature: composed out of the journal, brought on chain by the
 * submit-signatures key, and judged when its end is known.
 */

import { encodeSubmitSignatures } from '../../src/protocol/submit-signatures.ts'
import { submissionCalldata } from '../../src/protocol/submission.ts'
import type { OwnCall } from '../call.ts'
import { judgedCall, settle } from '../endings.ts'
import type { RootRow } from '../journal/roots.ts'
import type { CallStatus } from '../journal/calls.ts'
import { keyHolding } from '../keyring.ts'
import { pursue } from '../pursue.ts'
import type { Moment } from '../timeline.ts'
import type { World } from '../world.ts'
import { rootWindowOf } from './root-plan.ts'

/** What is done with the call of a signed root. */
export type SignaturesCall = {
  /** How far it is; `undefined` if it was never begun. */
  readonly statusOf: (root: RootRow) => CallStatus | undefined
  /** One step towards the chain: sends it, or sends it again. */
  readonly pursue: (root: RootRow, maySend: () => boolean) => Promise<void>
  /**
   * Looks whether it is on chain, and notes its end if that is known now.
   *
   * @throws {ChainError} `chain-unreachable`
   */
  readonly look: (root: RootRow, look: { readonly isLast: boolean }) => Promise<void>
  /** Notes that nobody can say what became of it. */
  readonly giveUp: (root: RootRow) => void
}

export type CallNews = {
  /** A call landed in its window, so long after the reveal deadline. */
  readonly included: (sinceDeadlineSec: number) => void
}

/** The call through the bridge's own journal and chain. */
export function signaturesCall(world: World, moment: () => Moment, news: CallNews): SignaturesCall {
  const { journal, network, keyring } = world
  return {
    statusOf: (root) => journal.statusOf(ownCallOf(root)),
    pursue: async (root, maySend) => {
      const key = keyHolding(keyring, 'submitSignatures', root.sender)
      if (key === undefined) return
      const { signer: _, ...call } = ownCallOf(root)
      const compose = () => composed(root)
      await pursue(world, { call, key, compose, policy: world.feePolicy, moment, maySend })
    },
    look: async (root, { isLast }) => {
      const own = ownCallOf(root)
      const found = await judgedCall(world, own, { isLast })
      if (found === undefined) {
        if (isLast) settleMissed(world, own)
        return
      }
      const { landed, counts } = found
      const { opensMs } = rootWindowOf(network.schedule, root.votingRoundId)
      const sinceSec = landed.receipt.timestampSec - opensMs / 1_000
      const late = 'The signature landed after its window.'
      settle(world, own, {
        status: counts ? 'confirmed' : 'failed',
        landed,
        ...(!counts && { error: late }),
      })
      if (counts) news.included(sinceSec)
      world.log({
        event: counts ? 'signatures-confirmed' : 'signatures-late',
        voting_round_id: root.votingRoundId,
        tx_hash: landed.attempt.txHash,
        block_number: landed.receipt.blockNumber,
        block_timestamp: landed.receipt.timestampSec,
        since_deadline_sec: sinceSec,
      })
    },
    giveUp: (root) => {
      const error = 'No node could say what became of the signature.'
      settle(world, ownCallOf(root), { status: 'failed', error })
    },
  }
}

/** The call of a root: ours alone, and the only one of its round. */
function ownCallOf({ votingRoundId, sender }: RootRow): OwnCall {
  return { votingRoundId, kind: 'submitSignatures', part: 'main', signer: sender }
}

/** What it says: our signature of the root, from the journal, so that a restart says the same. */
function composed(root: RootRow) {
  const { protocolId, votingRoundId, signed, refusedAs } = root
  if (signed === undefined || refusedAs !== undefined) {
    throw new Error(`The root of round ${votingRoundId} has no signature to be sent.`)
  }
  const { signature } = signed
  const payload = encodeSubmitSignatures({ type: 1, signature, unsigned: '0x' })
  return {
    calldata: submissionCalldata('submitSignatures', [{ protocolId, votingRoundId, payload }]),
  }
}

function settleMissed(world: World, own: OwnCall): void {
  const wasSent = world.journal.attempts(own).length > 0
  const error = 'The window closed before the signature was on chain.'
  settle(world, own, { status: wasSent ? 'failed' : 'missed', error })
}
