/** A log as the event of a reward epoch that it is, or as nothing: one odd log spoils no search. */

import { decodeEventLog, getAbiItem, toEventSelector } from 'viem'
import { z } from 'zod'
import { lowerCase } from '../../src/protocol/address.ts'
import {
  flareSystemsCalculatorAbi,
  flareSystemsManagerAbi,
  formerVoterRegistryAbi,
  ftsoRewardOffersManagerAbi,
  relayAbi,
  voterRegistryAbi,
} from '../../src/protocol/contracts.ts'
import { ProtocolError } from '../../src/protocol/errors.ts'
import { type SigningPolicyEvent, signingPolicyOfEvent } from '../../src/protocol/signing-policy.ts'
import { hexSchema, quantitySchema } from './hex.ts'
import type { EpochEvent } from './reward-epochs.ts'

const abi = [
  getAbiItem({ abi: relayAbi, name: 'SigningPolicyInitialized' }),
  getAbiItem({ abi: flareSystemsManagerAbi, name: 'RewardEpochStarted' }),
  getAbiItem({ abi: flareSystemsManagerAbi, name: 'RandomAcquisitionStarted' }),
  getAbiItem({ abi: ftsoRewardOffersManagerAbi, name: 'InflationRewardsOffered' }),
  getAbiItem({ abi: ftsoRewardOffersManagerAbi, name: 'RewardsOffered' }),
  ...voterRegistryAbi,
  ...formerVoterRegistryAbi,
  ...flareSystemsCalculatorAbi,
] as const

/** What a search asks for. */
export const epochTopics = abi.map((event) => toEventSelector(event))

/** Those of them whose stamp does not matter. */
const undatedTopics = new Set(
  [...voterRegistryAbi, ...formerVoterRegistryAbi, ...flareSystemsCalculatorAbi].map((event) =>
    toEventSelector(event),
  ),
)

/** A log as nodes answer it, as far as it is read. */
export const logSchema = z.object({
  blockNumber: quantitySchema,
  logIndex: quantitySchema,
  topics: z.tuple([hexSchema], hexSchema),
  data: hexSchema,
})
export type ChainLog = z.infer<typeof logSchema>

/** Whether an event's instant counts, so that the stamp of its block has to be known. */
export function isDated({ topics: [topic] }: ChainLog): boolean {
  return !undatedTopics.has(topic)
}

/**
 * The event that a log is.
 *
 * @param timestampSec Of its block, where `isDated`.
 * @param onOddity Hears what is wrong with a log that cannot be read, or not in full.
 * @returns `undefined` if it cannot be read.
 */
export function epochEventOf(
  log: ChainLog,
  timestampSec: number,
  onOddity: (reason: string) => void,
): EpochEvent | undefined {
  const decoded = decodedLog(log)
  if (decoded === undefined) {
    onOddity('It is not what its topic says.')
    return undefined
  }
  const { eventName, args } = decoded
  const undated = {
    blockNumber: log.blockNumber,
    logIndex: log.logIndex,
    rewardEpochId: args.rewardEpochId,
  }
  const place = { ...undated, timestampSec }
  switch (eventName) {
    case 'SigningPolicyInitialized':
      return {
        kind: 'policy',
        ...place,
        startVotingRoundId: args.startVotingRoundId,
        ...soundBytes(args, onOddity),
      }
    case 'RewardEpochStarted':
      return { kind: 'epoch-started', ...place }
    case 'RandomAcquisitionStarted':
      return { kind: 'random-acquisition', ...place }
    case 'InflationRewardsOffered':
      return {
        kind: 'inflation-offer',
        ...place,
        feedIds: args.feedIds,
        decimals: args.decimals,
      }
    case 'RewardsOffered': {
      const { feedId, decimals, amount } = args
      return { kind: 'community-offer', ...place, feedId, decimals, amount: String(amount) }
    }
    case 'VoterRegistered':
      return {
        kind: 'voter',
        ...undated,
        identity: lowerCase(args.voter),
        signingPolicyAddress: lowerCase(args.signingPolicyAddress),
        submitAddress: lowerCase(args.submitAddress),
        submitSignaturesAddress: lowerCase(args.submitSignaturesAddress),
      }
    case 'VoterRegistrationInfo':
      return {
        kind: 'voter-weight',
        ...undated,
        identity: lowerCase(args.voter),
        cappedDelegationWei: String(args.wNatCappedWeight),
      }
  }
}

function decodedLog({ topics, data }: ChainLog) {
  try {
    return decodeEventLog({ abi, data, topics })
  } catch {
    // viem has an error for each thing that may be wrong; none of them is of use to anybody.
    return undefined
  }
}

/** The bytes of a policy that are what its fields say; else its start alone is gone by. */
function soundBytes(event: SigningPolicyEvent, onOddity: (reason: string) => void) {
  try {
    signingPolicyOfEvent(event)
    return { policyBytes: event.signingPolicyBytes }
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error
    onOddity(error.message)
    return {}
  }
}
