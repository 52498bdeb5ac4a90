import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { keccak256 } from 'viem'
import { afterAll, beforeEach, expect, test } from 'vitest'
import { digestsIn } from '../../../signer-bridge/call-digests.ts'
import { callOf } from '../../../signer-bridge/endings.ts'
import { openJournal } from '../../../signer-bridge/journal/journal.ts'
import { journalStatus } from '../../../signer-bridge/status.ts'
import { calldataOf } from '../../../signer-bridge/vote.ts'
import { journalOwner, journalVote } from '../../support/bridge-journal.ts'
import { account } from '../../support/bridge-world.ts'
import { makeVersion1, oldHolder, oldVotes } from '../../support/journal-version-1.ts'

const directory = mkdtempSync(join(tmpdir(), 'chrono-migration-'))
afterAll(() => rmSync(directory, { recursive: true }))

let file = ''
let made = 0
let raw: `0x${string}`
beforeEach(async () => {
  made += 1
  file = join(directory, `journal-${made}.sqlite`)
  raw = await makeVersion1(file)
})

const [commit, reveal] = [callOf(journalVote, 'submit1'), callOf(journalVote, 'submit2')]
const bindings = { signer: account.address, protocolId: 100, votingRoundId: 7 } as const

function versionIn(): unknown {
  const database = new DatabaseSync(file)
  const row = database.prepare(`SELECT value FROM meta WHERE name = 'version'`).get()
  database.close()
  return row?.['value']
}

test('a journal of version 1 is brought up to date with all that it owes and has promised', () => {
  const journal = openJournal(file, journalOwner)
  expect(journal.holder).toBe(oldHolder)
  expect(journal.openRounds()).toEqual([
    { votingRoundId: 7, owesReveal: true, isCommitSettled: false },
  ])
  expect(oldVotes.map(({ votingRoundId }) => journal.vote(votingRoundId))).toEqual(oldVotes)
  expect(journal.attempts(commit)).toEqual([
    {
      ...commit,
      nonce: 4,
      gas: 100_000n,
      fees: { maxFeePerGas: 9n, maxPriorityFeePerGas: 2n },
      txHash: keccak256(raw),
      raw,
      signature: `0x${'44'.repeat(65)}`,
      signedAtMs: 71_000,
      state: 'accepted',
    },
  ])
  expect(journal.calldataOf(commit)).toBe(calldataOf(journalVote, 'submit1'))
  expect(journal.calldataOf(reveal)).toBeUndefined()
  expect(journal.nonceFloor(account.address)).toBe(4)
  const stateOf = (kind: 'commit' | 'reveal', votingRoundId = 7) =>
    journal.signingOf({ ...bindings, kind, votingRoundId })?.state
  expect([stateOf('commit'), stateOf('reveal')]).toEqual(['sent', 'reserved'])
  expect([stateOf('commit', 6), stateOf('reveal', 6)]).toEqual(['included', 'expired'])
  journal.close()
  expect(versionIn()).toBe('2')
})

test('what it was bound to binds on, and what is owed can be claimed', () => {
  const journal = openJournal(file, journalOwner)
  const other = { ...journalVote, feedValues: '0x8000007c' } as const
  expect(() => journal.prepare(other, 1)).toThrow(
    expect.objectContaining({ code: 'digest-conflict' }),
  )
  const calldata = calldataOf(journalVote, 'submit2')
  const claim = { ...reveal, nonce: 5, calldata, digests: digestsIn('submit2', calldata), atMs: 1 }
  journal.claimNonce(claim, () => false)
  expect(() => journal.claimNonce({ ...claim, nonce: 4 }, () => false)).toThrow(
    expect.objectContaining({ code: 'nonce-taken' }),
  )
  journal.close()
  openJournal(file, journalOwner).close()
})

test('it has the tables, indexes and triggers of one that was made anew', () => {
  const fresh = join(directory, 'fresh.sqlite')
  openJournal(fresh, journalOwner).close()
  openJournal(file, journalOwner).close()
  const partsOf = (path: string) => {
    const database = new DatabaseSync(path)
    const rows = database
      .prepare('SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY type, name')
      .all()
      // As versions differ in their layout, only what is said counts.
      .map(({ type, name, tbl_name: table, sql }) => {
        const said = String(sql).replaceAll(/\s+/g, '')
        return { type, name, table, said }
      })
    database.close()
    return rows.filter(({ name }) => !unchanged.has(String(name)))
  }
  expect(partsOf(file)).toEqual(partsOf(fresh))
})

/** Made by version 1, in other words. */
const unchanged = new Set(['meta', 'binding', 'obligation', 'report', 'binding_is_for_ever'])

test('it is of the old version or the new one: a start that fails changes nothing', () => {
  expect(() => openJournal(file, { ...journalOwner, chainId: 14 })).toThrow(
    expect.objectContaining({ code: 'journal-of-another' }),
  )
  expect(versionIn()).toBe('1')
  openJournal(file, journalOwner).close()
})

test('one of a version that nobody knows is refused, and left as it is', () => {
  const database = new DatabaseSync(file)
  database.exec(`UPDATE meta SET value = '3' WHERE name = 'version'`)
  database.close()
  expect(() => openJournal(file, journalOwner)).toThrow(
    expect.objectContaining({ message: expect.stringMatching(/another version \(3\)/) }),
  )
  expect(versionIn()).toBe('3')
})

test('looking at one of version 1 says what to do, and does not touch it', () => {
  expect(() => journalStatus(file, 1)).toThrow(
    expect.objectContaining({ message: expect.stringMatching(/`chrono-bridge run` brings/) }),
  )
  expect(versionIn()).toBe('1')
})
