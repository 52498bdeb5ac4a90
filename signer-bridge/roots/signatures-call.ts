/**
 * The calls that carry roots' signatures: composed out of the journal, brought on chain by the
 * submit-signatures key, and judged when their end is known. Ours carries companions' frames as far as
 * they are there in time; what comes too late for it goes out in a second part.
 */

import type { PayloadFrame } from '../../src/protocol/payload.ts'
import { protocolIds } from '../../src/protocol/payload.ts'
import { readSubmission } from '../../src/protocol/submission.ts'
import { encodeSubmitSignatures } from '../../src/protocol/submit-signatures.ts'
import type { CallPart, OwnCall } from '../call.ts'
import { composed } from '../companions/calldata.ts'
import { claimable } from '../companions/claimable.ts'
import { type Judged, judgedCall, settle } from '../endings.ts'
import type { RootRow } from '../journal/roots.ts'
import type { CallStatus } from '../journal/calls.ts'
import { keyHolding } from '../keyring.ts'
import { pursue } from '../pursue.ts'
import { blockTimeMs, type Moment } from '../timeline.ts'
import { haveSignaturesRoom } from '../windows.ts'
import type { World } from '../world.ts'
import { rootWindowOf } from './root-plan.ts'

/** How a companion's root gets on chain. */
export type Carriage =
  /** The call that carries it is begun, and what that says is fixed. */
  | 'begun'
  /** Our own call is not begun, and may carry it. */
  | 'open'
  /** Our own call is on its way without it; one key sends both, ours first. */
  | 'behind-ours'
  /** Our own call has come to its end without it. */
  | 'left-behind'

/** What is done with the call of a signed root. */
export type SignaturesCall = {
  /** How far the call is that carries it; `undefined` if none is begun. */
  readonly statusOf: (root: RootRow) => CallStatus | undefined
  readonly carriageOf: (root: RootRow) => Carriage
  /**
   * One step towards the chain: sends it, or sends it again.
   *
   * @param beside Signed roots of companions that go into our call, asked for when it is begun.
   */
  readonly pursue: (
    root: RootRow,
    maySend: () => boolean,
    beside?: () => readonly RootRow[],
  ) => Promise<void>
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
  /** A call landed in its window, so long after the reveal deadline, with frames of these protocols. */
  readonly included: (protocols: readonly number[], sinceDeadlineSec: number) => void
}

/** The calls through the bridge's own journal and chain. */
export function signaturesCall(world: World, moment: () => Moment, news: CallNews): SignaturesCall {
  const { journal, keyring } = world
  const carrierOf = (root: RootRow) => carrierIn(world, root)
  return {
    statusOf: (root) => journal.statusOf(carrierOf(root)),
    carriageOf: (root) => {
      if (journal.statusOf(carrierOf(root)) !== undefined) return 'begun'
      const ours = journal.statusOf(callOf(root, 'main'))
      if (ours === undefined) return 'open'
      return ours === 'planned' ? 'behind-ours' : 'left-behind'
    },
    pursue: async (root, maySend, beside = () => []) => {
      const key = keyHolding(keyring, 'submitSignatures', root.sender)
      const own = carrierOf(root)
      // Another's frame does not bring a root of ours on chain that is never to be sent again.
      if (key === undefined || (own.part === 'main' && isOursRefused(world, root))) return
      const { signer: _, ...call } = own
      const compose = () => {
        const others = claimable(journal, own, beside().map(frameOf))
        return composed('submitSignatures', frameOf(root), others)
      }
      const { schedule } = world.network
      const hasRoom = () => haveSignaturesRoom(schedule, root.votingRoundId, blockTimeMs(moment()))
      const both = () => maySend() && hasRoom()
      await pursue(world, { call, key, compose, policy: world.feePolicy, moment, maySend: both })
    },
    look: async (root, { isLast }) => {
      const own = carrierOf(root)
      const found = await judgedCall(world, own, { isLast })
      if (found !== undefined) noteLanded(world, news, own, found)
      else if (isLast) settleMissed(world, own)
    },
    giveUp: (root) => {
      const error = 'No node could say what became of the signature.'
      settle(world, carrierOf(root), { status: 'failed', error })
    },
  }
}

function callOf({ votingRoundId, sender }: RootRow, part: CallPart): OwnCall {
  return { votingRoundId, kind: 'submitSignatures', part, signer: sender }
}

/** The call that a root is in, or would be in if it went out by itself. */
function carrierIn({ journal }: World, root: RootRow): OwnCall {
  const main = callOf(root, 'main')
  if (root.protocolId === protocolIds.ftso) return main
  return protocolsIn(journal.calldataOf(main)).includes(root.protocolId)
    ? main
    : callOf(root, 'late')
}

function protocolsIn(calldata: Parameters<typeof readSubmission>[0] = '0x'): readonly number[] {
  return readSubmission(calldata)?.frames.map(({ protocolId }) => protocolId) ?? []
}

function isOursRefused({ journal }: World, { votingRoundId }: RootRow): boolean {
  const ours = journal.rootOf({ protocolId: protocolIds.ftso, votingRoundId })
  return ours?.refusedAs !== undefined
}

/** Our signature of a root, from the journal, so that a restart says the same. */
function frameOf({
  protocolId,
  votingRoundId,
  signed,
  refusedAs,
  unsigned = '0x',
}: RootRow): PayloadFrame {
  if (signed === undefined || refusedAs !== undefined) {
    throw new Error(`The root of round ${votingRoundId} has no signature to be sent.`)
  }
  const { signature } = signed
  const payload = encodeSubmitSignatures({ type: 1, signature, unsigned })
  return { protocolId, votingRoundId, payload }
}

function noteLanded(world: World, news: CallNews, own: OwnCall, { landed, counts }: Judged): void {
  const { network, journal } = world
  const { opensMs } = rootWindowOf(network.schedule, own.votingRoundId)
  const sinceSec = landed.receipt.timestampSec - opensMs / 1_000
  const late = 'The signature landed after its window.'
  settle(world, own, {
    status: counts ? 'confirmed' : 'failed',
    landed,
    ...(!counts && { error: late }),
  })
  const protocols = protocolsIn(journal.calldataOf(own))
  if (counts) news.included(protocols, sinceSec)
  world.log({
    event: counts ? 'signatures-confirmed' : 'signatures-late',
    voting_round_id: own.votingRoundId,
    protocol_ids: protocols,
    tx_hash: landed.attempt.txHash,
    block_number: landed.receipt.blockNumber,
    block_timestamp: landed.receipt.timestampSec,
    since_deadline_sec: sinceSec,
  })
}

function settleMissed(world: World, own: OwnCall): void {
  const wasSent = world.journal.attempts(own).length > 0
  const error = 'The window closed before the signature was on chain.'
  settle(world, own, { status: wasSent ? 'failed' : 'missed', error })
}
