import { beforeEach, describe, expect, test } from 'vitest'
import type { OwnCall } from '../../../signer-bridge/call.ts'
import { digestsIn } from '../../../signer-bridge/call-digests.ts'
import { callOf } from '../../../signer-bridge/endings.ts'
import { inMemory } from '../../../signer-bridge/journal/database.ts'
import { type Journal, openJournal } from '../../../signer-bridge/journal/journal.ts'
import { keyringOf } from '../../../signer-bridge/keyring.ts'
import type { Role } from '../../../signer-bridge/roles.ts'
import { isRootOwed } from '../../../signer-bridge/roots/owed-root.ts'
import { calldataOf, type VoteKind } from '../../../signer-bridge/vote.ts'
import { submissionCalldata } from '../../../src/protocol/submission.ts'
import { journalOwner, journalVote as vote } from '../../support/bridge-journal.ts'
import { account } from '../../support/bridge-world.ts'

const { votingRoundId } = vote
const bitVote = { protocolId: 200, votingRoundId, payload: '0x0101' } as const
const fees = { maxFeePerGas: 3n, maxPriorityFeePerGas: 1n }
const key = (role: Role) => ({
  role,
  address: account.address,
  signer: account,
  fromRewardEpoch: vote.rewardEpochId,
})
const keyring = keyringOf([key('signingPolicy'), key('submitSignatures')])
const main = (kind: VoteKind) => callOf(vote, kind)
const late: OwnCall = { ...main('submit2'), part: 'late' }

let journal: Journal
beforeEach(() => {
  journal = openJournal(inMemory, journalOwner)
  journal.prepare(vote, 1)
})

/** The protocols whose root is owed, with these keys. */
function owed(keys = keyring): readonly number[] {
  return [100, 200].filter((protocolId) =>
    isRootOwed({ journal, keyring: keys }, { protocolId, votingRoundId }),
  )
}

let nonce = 0
function send(call: OwnCall, calldata: `0x${string}`): void {
  const digests = digestsIn(call.kind, calldata)
  nonce += 1
  journal.claimNonce({ ...call, calldata, digests, nonce, atMs: 2 }, () => false)
  const txHash = `0x${String(nonce).padStart(64, '0')}` as const
  const signed = { raw: '0x02', txHash, signature: '0x' } as const
  journal.recordAttempt({
    ...call,
    ...signed,
    nonce,
    gas: 1n,
    fees,
    signedAtMs: 2,
    state: 'signed',
  })
}

function reveal(status: 'confirmed' | 'missed', beside: (typeof bitVote)[]): void {
  send(main('submit1'), calldataOf(vote, 'submit1'))
  send(main('submit2'), calldataOf(vote, 'submit2', beside))
  const obligation = status === 'confirmed' ? 'met' : 'missed'
  journal.settle({ ...main('submit2'), status, atMs: 3, obligation })
}

describe('a root is owed', () => {
  test('in no round that is merely prepared', () => {
    expect(owed()).toEqual([])
  })

  test('once a commit may be out, whose reveal must follow', () => {
    send(main('submit1'), calldataOf(vote, 'submit1'))
    expect(owed()).toEqual([100])
  })

  test('once our reveal is on chain', () => {
    reveal('confirmed', [])
    expect(owed()).toEqual([100])
  })

  test('and that of a companion which speaks in it', () => {
    reveal('confirmed', [bitVote])
    expect(owed()).toEqual([100, 200])
  })

  test('also of a companion that has spoken late', () => {
    reveal('confirmed', [])
    send(late, submissionCalldata('submit2', [bitVote]))
    expect(owed()).toEqual([100, 200])
  })

  test('no more when the reveal was missed', () => {
    reveal('missed', [bitVote])
    expect(owed()).toEqual([])
  })

  test('by nobody who has not both keys for it', () => {
    reveal('confirmed', [bitVote])
    expect(owed(keyringOf([key('signingPolicy')]))).toEqual([])
    expect(owed(keyringOf([key('submitSignatures')]))).toEqual([])
  })
})
