/** The observer itself: the follower, the reward epochs and what they make of rounds, as one. */

import type { Hex } from 'viem'
import { votingRoundStartMs } from '../../src/protocol/epoch.ts'
import type { RawSubmission } from '../../src/protocol/raw-submissions.ts'
import { readSubmission } from '../../src/protocol/submission.ts'
import type { ChainFacts } from '../chain/facts.ts'
import type { FlareChain } from '../chain/flare.ts'
import { nodesOf, patienceOf } from '../chain/nodes.ts'
import { blockReader } from './block-reader.ts'
import { breath } from './breath.ts'
import { confirming, type ConfirmingDeps } from './confirming.ts'
import { epochBook } from './epoch-book.ts'
import { followOf } from './follow.ts'
import type { Observer, PeerCall } from './observer.ts'
import { offencesOf } from './offences.ts'
import { outcomesOf } from './outcomes.ts'
import { readRounds } from './read-rounds.ts'

type ObserverDeps = ConfirmingDeps & {
  readonly chain: Pick<FlareChain, 'head'> & Omit<ChainFacts, 'relay'>
}

/** Batches of one turn: a start needs some forty, and should not seem to hang. */
const batchesInTurn = 10

/** Rounds judged in one turn; one takes some 10 ms, in which nothing else is done. */
const judgedInTurn = 5

export function observerOf(deps: ObserverDeps): Observer {
  const { network, chain, log } = deps
  const { schedule } = network
  const { blocks } = deps.observations
  const epochOf = epochBook({ network, chain, log })
  const rounds = readRounds(schedule, blocks)
  const offences = offencesOf(rounds, epochOf)
  const outcomeOf = outcomesOf({ rounds, offences, epochOf })
  const nodes = nodesOf(deps.nodes, patienceOf(schedule))
  const confirmation = confirming(deps)
  const { batch } = deps
  const read = blockReader({ nodes, batch, log, ...confirmation.reader })
  const follow = followOf({ schedule, nodes, read, relays: chain.relays, blocks, log })

  return {
    advance: async () => {
      const head = await chain.head()
      let isBehind = true
      for (let i = 0; isBehind && i < batchesInTurn; i += 1) isBehind = await follow(head)
      let hasJudged = true
      for (let i = 0; hasJudged && i < judgedInTurn; i += 1) {
        hasJudged = offences.judgeNext()
        await breath()
      }
      return isBehind || hasJudged ? 0 : deps.pace.pollMs * 2
    },
    confirm: confirmation.confirm,
    confirmationOf: confirmation.confirmationOf,
    outcomeOf,
    finalisationOf: (protocolId, votingRoundId) =>
      confirmation.isAlone()
        ? blocks.relayedFor(protocolId, votingRoundId)
        : blocks.confirmedFor(protocolId, votingRoundId),
    relayHeardOf: blocks.relayedFor,
    signaturesFor: (protocolId, votingRoundId) => {
      const span = {
        fromMs: votingRoundStartMs(schedule, votingRoundId + 1),
        beforeMs: votingRoundStartMs(schedule, votingRoundId + 2),
      }
      return blocks
        .submissionsIn('submitSignatures', span)
        .flatMap((call) => framesOf(call, protocolId, votingRoundId))
    },
    epochOf,
    firstChainBoundRound: chain.firstChainBoundRound,
    stretch: blocks.stretch,
  }
}

/** The frames of a call for one round of a protocol; none of a call that is broken. */
function framesOf(call: RawSubmission, protocolId: number, votingRoundId: number): PeerCall[] {
  const { calldata, sender, blockNumber, transactionIndex, timestampSec } = call
  const place = { blockNumber, transactionIndex, timestampSec }
  return (readSubmission(calldata)?.frames ?? [])
    .filter((frame) => frame.protocolId === protocolId && frame.votingRoundId === votingRoundId)
    .map(({ payload }: { readonly payload: Hex }) => ({ sender, protocolId, payload, ...place }))
}
