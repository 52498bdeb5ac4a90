/** A vote and the owner of its journal, for tests of journals on the disk. */

import type { Vote } from '../../signer-bridge/vote.ts'
import { lowerCase } from '../../src/protocol/address.ts'
import { commitHash } from '../../src/protocol/commit.ts'
import { account } from './bridge-world.ts'

export const journalOwner = { chainId: 31_337, signers: [account.address] } as const

const reveal = { random: `0x${'5a'.repeat(32)}`, feedValues: '0x8000007b' } as const

export const journalVote: Vote = {
  votingRoundId: 7,
  rewardEpochId: 1,
  submitAddress: lowerCase(account.address),
  frozenAtMs: 70_000,
  ...reveal,
  commit: commitHash({ submitAddress: account.address, votingRoundId: 7, ...reveal }),
}
