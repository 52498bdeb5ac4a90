/** A bridge without the lease: its journal, the diary of what it asks and tells, and what it is told. */

import type { Hex } from 'viem'
import { adoptionChore } from '../../signer-bridge/adoption.ts'
import type { SubmissionCall } from '../../signer-bridge/chain/chain.ts'
import { FeedListError } from '../../signer-bridge/chain/reward-epochs.ts'
import { inMemory } from '../../signer-bridge/journal/database.ts'
import { openJournal } from '../../signer-bridge/journal/journal.ts'
import { keyringOf } from '../../signer-bridge/keyring.ts'
import { paceOf } from '../../signer-bridge/pace.ts'
import type { Guarded } from '../../signer-bridge/policy/price-guard.ts'
import { standbyChore } from '../../signer-bridge/standby.ts'
import type { Moment } from '../../signer-bridge/timeline.ts'
import { voteOf } from '../../signer-bridge/vote.ts'
import type { FrozenEntry, FrozenRound, StandbyRequest } from '../../src/protocol/bridge-wire.ts'
import { votingRoundStartMs } from '../../src/protocol/epoch.ts'
import { networks } from '../../src/protocol/networks.ts'
import { account, feeds as ordinaryFeeds, firstRound } from './bridge-world.ts'

const network = networks.local
export const { schedule } = network
export const startMs = votingRoundStartMs(schedule, firstRound)
const random: Hex = `0x${'5a'.repeat(32)}`
export const frozen: FrozenRound = {
  voting_round_id: firstRound,
  frozen_at: startMs + 71_000,
  entries: ordinaryFeeds.map((feed, i) => ({ ...feed, price: i + 1 })),
}
export const asked = {
  schedule,
  votingRoundId: firstRound,
  rewardEpochId: 1,
  feeds: ordinaryFeeds,
  submitAddress: account.address,
  random,
  isAttended: true,
  nowMs: startMs + 72_000,
}
export const vote = voteOf(frozen, asked)
export const guardedVote = voteOf(
  { ...frozen, entries: frozen.entries.map(({ id, decimals }) => ({ id, decimals })) },
  asked,
)

/** Of another operator secret: nothing that is held can be it. */
export const anothersVote = voteOf(frozen, { ...asked, random: `0x${'11'.repeat(32)}` })

/** A bridge without the lease, and the diary of what it asked. */
export function aStandby({
  hasLease = false,
  hasKey = true,
  feeds = ordinaryFeeds,
  guard = (_: number, entries: readonly FrozenEntry[]): Guarded => ({ entries, strayed: [] }),
  looks = async (calls: readonly SubmissionCall[]) => calls,
} = {}) {
  const diary: string[] = []
  const journal = openJournal(inMemory, {
    chainId: network.chainId,
    signers: [account.address],
  })
  const said: {
    frozen?: FrozenRound
    isSilent: boolean
    hasReadFeeds: boolean
    calls: SubmissionCall[]
    moment: Moment
    nowMs: number
  } = {
    isSilent: false,
    hasReadFeeds: true,
    calls: [],
    moment: { wallMs: startMs, isClockTrusted: true, sinceHeadMs: 0 },
    nowMs: startMs + 72_000,
  }
  const world = {
    network,
    journal,
    pace: paceOf(schedule),
    nowMs: () => said.nowMs,
    // Long after any answer, and at once after none.
    sleep: () => new Promise((wake) => void setTimeout(wake, 20)),
    log: ({ event }: { readonly event: string }) => void diary.push(event),
    lease: {
      token: () => (hasLease ? 7 : undefined),
      lose: () => undefined,
      renew: async () => 0,
    },
    worker: {
      standby: async ({ held_round: held }: StandbyRequest) => {
        diary.push(`asks with ${held ?? 'none'}`)
        if (said.isSilent) return { kind: 'unreachable', reason: 'nobody is there' } as const
        const value = said.frozen === undefined ? {} : { frozen: said.frozen }
        return { kind: 'answered', value } as const
      },
    },
    keyring: keyringOf([
      {
        role: 'submit',
        address: account.address,
        signer: account,
        fromRewardEpoch: hasKey ? 0 : 9,
      },
    ]),
    randomOf: () => random,
    guard,
    chain: {
      feedsOf: () => {
        if (said.hasReadFeeds) return { rewardEpochId: 1, feeds }
        throw new FeedListError('search-outdated', 'The chain has not been searched so far.')
      },
      callsBy: () => looks(said.calls),
    },
    heads: {
      refresh: async () => undefined,
      moment: () => said.moment,
      driftMs: () => 0,
    },
  }
  // Chores are given as much of the world as they use, and this is that much.
  const parts = world as unknown as Parameters<typeof standbyChore>[0] &
    Parameters<typeof adoptionChore>[0]
  return { diary, journal, said, hold: standbyChore(parts), adopt: adoptionChore(parts) }
}

/** A moment of the next round, by its blocks. */
export function momentAt(sec: number): Moment {
  const atMs = votingRoundStartMs(schedule, firstRound + 1) + sec * 1_000
  const head = { number: 5, timestampSec: atMs / 1_000, baseFeeWei: 1n }
  return { wallMs: atMs, isClockTrusted: true, sinceHeadMs: 0, head }
}

export function aCall(calldata: Hex): SubmissionCall {
  const txHash: Hex = `0x${'77'.repeat(32)}`
  return { sender: account.address, txHash, calldata, timestampSec: 0 }
}
