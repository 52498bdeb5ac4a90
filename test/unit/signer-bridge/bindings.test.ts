import { type Hex, keccak256 } from 'viem'
import { describe, expect, test } from 'vitest'
import { digestsIn } from '../../../signer-bridge/call-digests.ts'
import { callOf } from '../../../signer-bridge/endings.ts'
import type { Binding } from '../../../signer-bridge/journal/bindings.ts'
import { inMemory, openDatabase } from '../../../signer-bridge/journal/database.ts'
import { openJournal } from '../../../signer-bridge/journal/journal.ts'
import { migrate } from '../../../signer-bridge/journal/migrate.ts'
import { submissionCalldata } from '../../../src/protocol/submission.ts'
import { journalOwner, journalVote } from '../../support/bridge-journal.ts'
import { account } from '../../support/bridge-world.ts'

const stranger = `0x${'cd'.repeat(20)}` as const
const digest = (text: string): Hex => keccak256(Buffer.from(text))

function aRoot(differing: Partial<Binding> = {}): Binding {
  return {
    signer: account.address,
    kind: 'root',
    protocolId: 100,
    votingRoundId: 7,
    digest: digest('root'),
    ...differing,
  }
}

const conflict = expect.objectContaining({ code: 'digest-conflict' })
const past = expect.objectContaining({ code: 'below-watermark' })
const never = () => false

describe('what is reserved', () => {
  test('is bound for ever: the same again changes nothing, another digest is refused', () => {
    const journal = openJournal(inMemory, journalOwner)
    journal.reserve([aRoot()], 1)
    journal.reserve([aRoot()], 2)
    expect(() => journal.reserve([aRoot({ digest: digest('other') })], 3)).toThrow(conflict)
    expect(journal.signingOf(aRoot())).toEqual({ digest: digest('root'), state: 'reserved' })
  })

  test('is all of it or nothing', () => {
    const journal = openJournal(inMemory, journalOwner)
    journal.reserve([aRoot({ protocolId: 200 })], 1)
    const both = [aRoot(), aRoot({ protocolId: 200, digest: digest('other') })]
    expect(() => journal.reserve(both, 2)).toThrow(conflict)
    expect(journal.signingOf(aRoot())).toBeUndefined()
  })

  test.each([
    { name: 'signer', other: { signer: stranger } },
    { name: 'kind', other: { kind: 'sigtx' as const } },
    { name: 'protocol', other: { protocolId: 200 } },
    { name: 'round', other: { votingRoundId: 8 } },
  ])('does not mix with that of another $name', ({ other }) => {
    const journal = openJournal(inMemory, journalOwner)
    journal.reserve([aRoot()], 1)
    const apart = aRoot({ ...other, digest: digest('other') })
    journal.reserve([apart], 1)
    expect(journal.signingOf(apart)?.digest).toBe(digest('other'))
    expect(journal.signingOf(aRoot())?.digest).toBe(digest('root'))
  })

  test('is the same signer’s in any case of letters', () => {
    const journal = openJournal(inMemory, journalOwner)
    journal.reserve([aRoot()], 1)
    const signer: Hex = `0x${account.address.slice(2).toLowerCase()}`
    expect(() => journal.reserve([aRoot({ signer, digest: digest('other') })], 1)).toThrow(conflict)
  })
})

describe('a signature', () => {
  test('is kept, and comes back for the same digest', () => {
    const journal = openJournal(inMemory, journalOwner)
    journal.reserve([aRoot()], 1)
    journal.noteSigning(aRoot(), 'signed', 2, '0x1234')
    journal.noteSigning(aRoot(), 'sent', 3)
    expect(journal.signingOf(aRoot())).toMatchObject({ state: 'sent', signature: '0x1234' })
  })

  test.each([
    { from: 'reserved', to: 'denied', is: 'denied' },
    { from: 'unknown', to: 'signed', is: 'signed' },
    { from: 'denied', to: 'unknown', is: 'unknown' },
    { from: 'signed', to: 'unknown', is: 'signed' },
    { from: 'sent', to: 'signed', is: 'sent' },
    { from: 'expired', to: 'included', is: 'included' },
    { from: 'included', to: 'expired', is: 'included' },
    { from: 'denied', to: 'expired', is: 'denied' },
    { from: 'unknown', to: 'expired', is: 'unknown' },
    { from: 'unknown', to: 'included', is: 'included' },
  ] as const)('that is $from and then $to is $is', ({ from, to, is }) => {
    const journal = openJournal(inMemory, journalOwner)
    journal.reserve([aRoot()], 1)
    journal.noteSigning(aRoot(), from, 2)
    journal.noteSigning(aRoot(), to, 3)
    expect(journal.signingOf(aRoot())?.state).toBe(is)
  })

  test('of what is not bound is not noted', () => {
    const journal = openJournal(inMemory, journalOwner)
    journal.noteSigning(aRoot(), 'signed', 1, '0x12')
    expect(journal.signingOf(aRoot())).toBeUndefined()
  })
})

describe('a watermark', () => {
  const mark = { signer: account.address, kind: 'root', protocolId: 100 } as const

  test('lets nothing new be bound below it, and what is bound already go on', () => {
    const journal = openJournal(inMemory, journalOwner)
    journal.reserve([aRoot()], 1)
    journal.raiseWatermarks([{ ...mark, minRound: 10 }])
    journal.reserve([aRoot()], 2)
    expect(() => journal.reserve([aRoot({ votingRoundId: 9 })], 2)).toThrow(past)
    journal.reserve([aRoot({ votingRoundId: 10 })], 2)
    journal.reserve([aRoot({ votingRoundId: 9, kind: 'sigtx' })], 2)
  })

  test('only rises', () => {
    const journal = openJournal(inMemory, journalOwner)
    expect(journal.watermarkOf(mark)).toBe(0)
    journal.raiseWatermarks([{ ...mark, minRound: 10 }])
    journal.raiseWatermarks([{ ...mark, minRound: 4 }])
    expect(journal.watermarkOf(mark)).toBe(10)
  })

  test('refuses a vote of a round below it', () => {
    const journal = openJournal(inMemory, journalOwner)
    journal.raiseWatermarks([{ ...mark, kind: 'reveal', minRound: 8 }])
    expect(() => journal.prepare(journalVote, 1)).toThrow(past)
    expect(journal.vote(7)).toBeUndefined()
    expect(journal.signingOf({ ...mark, kind: 'commit', votingRoundId: 7 })).toBeUndefined()
  })

  test('is kept by the database itself', () => {
    const database = openDatabase(inMemory, migrate)
    database.run(`INSERT INTO watermark VALUES ('0xab', 'root', 100, 10)`)
    const rises = /a watermark only rises/
    expect(() => database.run('UPDATE watermark SET min_round = 9')).toThrow(rises)
    expect(() => database.run('DELETE FROM watermark')).toThrow(rises)
    const insert = (round: number) =>
      database.run(`INSERT INTO binding VALUES ('0xab', 'root', 100, ${round}, '0x01', 1)`)
    expect(() => insert(9)).toThrow(/nothing is bound below a watermark/)
    insert(10)
    expect(() => database.run('DELETE FROM binding')).toThrow(/a binding is for ever/)
    database.close()
  })
})

describe('a call', () => {
  const { votingRoundId } = journalVote
  const commit = callOf(journalVote, 'submit1')
  const ours = { protocolId: 100, votingRoundId, payload: journalVote.commit }
  const theirs = (payload: Hex) => ({ protocolId: 200, votingRoundId, payload })

  function aClaim(frames: Parameters<typeof submissionCalldata>[1], nonce = 0) {
    const calldata = submissionCalldata('submit1', frames)
    return { ...commit, nonce, calldata, digests: digestsIn('submit1', calldata), atMs: 1 }
  }

  test('binds its sender to every protocol in it, before it has a nonce', () => {
    const journal = openJournal(inMemory, journalOwner)
    journal.prepare(journalVote, 1)
    journal.claimNonce(aClaim([ours, theirs('0xabcd')]), never)
    const fdc = { signer: account.address, kind: 'commit', protocolId: 200, votingRoundId } as const
    expect(journal.signingOf(fdc)?.digest).toBe(keccak256('0xabcd'))
    expect(journal.calldataOf(commit)).toBe(aClaim([ours, theirs('0xabcd')]).calldata)
  })

  test('whose second protocol is bound otherwise leaves nothing behind', () => {
    const journal = openJournal(inMemory, journalOwner)
    journal.prepare(journalVote, 1)
    const bound = { ...aRoot({ kind: 'commit', protocolId: 200 }), digest: keccak256('0x01') }
    journal.reserve([bound], 1)
    expect(() => journal.claimNonce(aClaim([ours, theirs('0xabcd')]), never)).toThrow(conflict)
    expect(journal.calldataOf(commit)).toBeUndefined()
    journal.claimNonce(aClaim([ours]), never)
  })

  test('says for ever what it said when it was claimed first', () => {
    const journal = openJournal(inMemory, journalOwner)
    journal.prepare(journalVote, 1)
    journal.claimNonce(aClaim([ours]), never)
    expect(() => journal.claimNonce(aClaim([ours, theirs('0xabcd')], 1), never)).toThrow(
      expect.objectContaining({ code: 'calldata-differs' }),
    )
    expect(journal.calldataOf(commit)).toBe(aClaim([ours]).calldata)
  })

  test('comes as far as its signatures: reserved, signed, sent, included', () => {
    const journal = openJournal(inMemory, journalOwner)
    const name = {
      signer: account.address,
      kind: 'commit',
      protocolId: 100,
      votingRoundId,
    } as const
    const state = () => journal.signingOf(name)?.state
    journal.prepare(journalVote, 1)
    journal.claimNonce(aClaim([ours]), never)
    expect(state()).toBe('reserved')
    const fees = { maxFeePerGas: 5n, maxPriorityFeePerGas: 1n }
    const signed = { txHash: digest('tx'), raw: '0x02', signature: '0x12', gas: 9n } as const
    const terms = { nonce: 0, fees, signedAtMs: 2, state: 'signed' } as const
    journal.recordAttempt({ ...commit, ...signed, ...terms })
    expect(state()).toBe('signed')
    journal.markAttempt(digest('tx'), 'accepted')
    expect(state()).toBe('sent')
    expect(journal.hasSent(digest('tx'))).toBe(true)
    expect(journal.hasSent(digest('another'))).toBe(false)
  })

  test('that was denied stays denied, and others of its round do not', () => {
    const journal = openJournal(inMemory, journalOwner)
    journal.prepare(journalVote, 1)
    journal.claimNonce(aClaim([ours]), never)
    journal.noteCall(commit, 'denied', 2)
    expect(journal.isDenied(commit)).toBe(true)
    expect(journal.isDenied(callOf(journalVote, 'submit2'))).toBe(false)
  })
})

test('a round bound with one key of ours is not bound again with another', () => {
  const journal = openJournal(inMemory, { ...journalOwner, signers: [account.address, stranger] })
  journal.prepare(journalVote, 1)
  const other = { ...journalVote, submitAddress: stranger, commit: digest('other') } as const
  expect(() => journal.prepare(other, 2)).toThrow(conflict)
  expect(journal.vote(7)).toEqual(journalVote)
})
