/**
 * From which round on digests hold the chain id. The reward epoch is known beforehand, its first
 * round only to the chain: by the event of its policy, or by the contract if that was long ago.
 */

import { z } from 'zod'
import { flareSystemsManagerAbi } from '../../src/protocol/contracts.ts'
import type { NetworkName } from '../../src/protocol/networks.ts'
import { chainBoundSince } from '../../src/protocol/relay-change.ts'
import type { Log } from '../log.ts'
import { agreedAmong } from './agreed.ts'
import type { Contracts } from './contracts.ts'
import type { Nodes } from './nodes.ts'
import type { EpochEvent } from './reward-epochs.ts'

export type Cutover = {
  /** Asks the contract, unless it is known. A failure is logged, and nothing known by it. */
  readonly refresh: (contracts: Contracts) => Promise<void>
  /**
   * The first round, by what the contract or these events have said; infinite while the policy of
   * its reward epoch has not been made.
   *
   * @returns `undefined` while it is not known: then neither form of digest may be signed.
   */
  readonly firstRound: (events: readonly EpochEvent[]) => number | undefined
}

const roundSchema = z.int().positive()

export function cutoverOf(nodes: Nodes, network: NetworkName, log: Log): Cutover {
  const rewardEpochId = chainBoundSince[network]
  let told: number | undefined
  /** By the word of one node, of several: it is asked about again. */
  let heard: number | undefined
  return {
    refresh: async ({ flareSystemsManager }) => {
      if (rewardEpochId === undefined || told !== undefined) return
      try {
        const rounds = await nodes.askAll(async (node) =>
          roundSchema.parse(
            await node.readContract({
              address: flareSystemsManager,
              abi: flareSystemsManagerAbi,
              functionName: 'getStartVotingRoundId',
              args: [BigInt(rewardEpochId)],
            }),
          ),
        )
        const found = agreedAmong(rounds, nodes.members().length)
        heard = found.kind === 'alone' ? found.answer : undefined
        if (found.kind === 'agreed') told = found.answer
        if (found.kind === 'split') log({ event: 'cutover-contradicted', epoch: rewardEpochId })
      } catch (error) {
        // The contract refuses an epoch that is to come, which the events tell of better.
        log({ event: 'cutover-unread', epoch: rewardEpochId, reason: String(error).slice(0, 200) })
      }
    },
    firstRound: (events) => {
      if (rewardEpochId === undefined) return 0
      const policies = events.filter((event) => event.kind === 'policy')
      const own = policies.findLast((policy) => policy.rewardEpochId === rewardEpochId)
      if (own !== undefined) return own.startVotingRoundId
      if (told !== undefined) return told
      if (heard !== undefined) return heard
      const isToCome =
        policies.length > 0 && policies.every((policy) => policy.rewardEpochId < rewardEpochId)
      return isToCome ? Number.POSITIVE_INFINITY : undefined
    },
  }
}
