/**
 * A network's `Round` object behind plain functions with deadlines, in the words of those who ask:
 * the freeze, the bridge's routes, the public routes, and the close of a round.
 */

import { type BridgePresence, bridgePresence } from './core/bridge-presence.ts'
import { withDeadline } from './deadline.ts'
import type { BridgeRounds, PublicRounds } from './api/round-ports.ts'
import type { FreezeDeps } from './freeze.ts'
import { frozenRoundSchema } from './protocol/bridge-wire.ts'
import type { NetworkName } from './protocol/networks.ts'
import { roundRecordOf } from './protocol/round-record.ts'
import type { RoundsDeps } from './rounds.ts'

/** It answers from its memory; a bridge asks again. Milliseconds. */
const answerWithinMs = 5_000

export type RoundMemories = Pick<FreezeDeps, 'frozen' | 'store'> &
  Pick<RoundsDeps, 'released' | 'forget'> &
  BridgeRounds &
  PublicRounds & {
    /** Whether the signer bridge is there; `undefined` where none is missed. */
    readonly bridge: (nowMs: number) => Promise<BridgePresence | undefined>
  }

export function roundMemoryOf(env: Pick<Env, 'ROUND'>, network: NetworkName): RoundMemories {
  const stub = () => env.ROUND.getByName(`round:v1:${network}`)
  const within = async <P extends Promise<unknown>>(work: P): Promise<Awaited<P>> =>
    withDeadline(work, answerWithinMs, 'The memory of rounds')

  return {
    frozen: async (claim) => within(stub().frozen(claim)),
    store: async (freeze) => within(stub().freeze(freeze)),

    released: async (nowMs) => within(stub().released(nowMs)),
    forget: async (id) => within(stub().forget(id)),

    lease: async (holder, nowMs) => within(stub().lease(holder, nowMs)),
    reserve: async (reservation) => within(stub().reserve(reservation)),
    standBy: async ({ holder, held_round: heldRound = -1 }, fromRound, nowMs) =>
      within(stub().standBy(holder, heldRound, fromRound, nowMs)),
    isAwaited: async (votingRoundId, nowMs) => within(stub().isAwaited(votingRoundId, nowMs)),
    useNonce: async (nonce, nowMs) => within(stub().useNonce(nonce, nowMs)),
    report: async (reports) => within(stub().report(reports)),

    bridge: async (nowMs) => bridgePresence(await within(stub().bridgesHeard(nowMs)), nowMs),

    list: async (fromRound, toRound) => within(stub().rounds(fromRound, toRound)),
    record: async (votingRoundId) => {
      const revealed = await within(stub().revealed(votingRoundId))
      if (revealed === undefined) return undefined
      const frozen = frozenRoundSchema.parse(JSON.parse(revealed.body))
      return roundRecordOf(frozen, revealed.reveal.signature)
    },
    submissions: async (limit, before) => within(stub().submissions(limit, before)),
  }
}
