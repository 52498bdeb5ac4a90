import { chmodSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { digestsIn } from '../../../signer-bridge/call-digests.ts'
import { callOf } from '../../../signer-bridge/endings.ts'
import { inMemory, openDatabase } from '../../../signer-bridge/journal/database.ts'
import { holderOf, openJournal } from '../../../signer-bridge/journal/journal.ts'
import { migrate } from '../../../signer-bridge/journal/migrate.ts'
import type { Attempt } from '../../../signer-bridge/journal/rows.ts'
import { reportOf } from '../../../signer-bridge/reports.ts'
import { journalStatus, statusText } from '../../../signer-bridge/status.ts'
import { calldataOf, type Vote } from '../../../signer-bridge/vote.ts'

const directory = mkdtempSync(join(tmpdir(), 'chrono-journal-'))
afterAll(() => rmSync(directory, { recursive: true }))

const signer = `0x${'ab'.repeat(20)}` as const
const owner = { chainId: 31_337, signers: [signer] } as const

function aVote(differing: Partial<Vote> = {}): Vote {
  return {
    votingRoundId: 7,
    rewardEpochId: 1,
    submitAddress: signer,
    frozenAtMs: 70_000,
    random: `0x${'11'.repeat(32)}`,
    feedValues: '0x8000007b',
    commit: `0x${'22'.repeat(32)}`,
    ...differing,
  }
}

function anAttempt(differing: Partial<Attempt> = {}): Attempt {
  return {
    ...aCall('submit1'),
    nonce: 0,
    gas: 50_000n,
    fees: { maxFeePerGas: 10n ** 20n, maxPriorityFeePerGas: 3n },
    txHash: `0x${'33'.repeat(32)}`,
    raw: '0x02',
    signature: `0x${'44'.repeat(65)}`,
    signedAtMs: 71_000,
    state: 'signed',
    ...differing,
  }
}

function aCall(kind: 'submit1' | 'submit2') {
  return { signer, votingRoundId: 7, kind, part: 'main' } as const
}

function aClaim(vote: Vote, kind: 'submit1' | 'submit2' = 'submit1') {
  const calldata = calldataOf(vote, kind)
  return { ...callOf(vote, kind), nonce: 0, calldata, digests: digestsIn(kind, calldata), atMs: 1 }
}

function aReport(kind: 'submit1' | 'submit2', status: 'sent' | 'confirmed' | 'failed') {
  return reportOf({ chainId: 31_337, call: aCall(kind), status, atMs: 1, attempts: 1 })
}

const never = () => false

describe('a binding', () => {
  test('holds a round to its first vote: the same is welcome, any other refused', () => {
    const journal = openJournal(inMemory, owner)
    journal.prepare(aVote(), 1)
    journal.prepare(aVote(), 2)
    expect(journal.vote(7)).toEqual(aVote())

    for (const other of [
      aVote({ commit: `0x${'23'.repeat(32)}` }),
      aVote({ random: `0x${'12'.repeat(32)}` }),
      aVote({ feedValues: '0x8000007c' }),
    ]) {
      expect(() => journal.prepare(other, 3)).toThrow(
        expect.objectContaining({ code: 'digest-conflict' }),
      )
    }
    expect(journal.vote(7)).toEqual(aVote())
  })

  test('stands before any nonce: what a round is not bound to gets none', () => {
    const journal = openJournal(inMemory, owner)
    expect(() => journal.claimNonce(aClaim(aVote()), never)).toThrow(
      expect.objectContaining({ code: 'digest-conflict' }),
    )
    journal.prepare(aVote(), 1)
    journal.claimNonce(aClaim(aVote()), never)
    const other = aVote({ feedValues: '0x8000007c' })
    expect(() => journal.claimNonce(aClaim(other, 'submit2'), never)).toThrow(
      expect.objectContaining({ code: 'digest-conflict' }),
    )
  })
})

describe('a nonce', () => {
  test('is taken over only from a call whose window is over', () => {
    const journal = openJournal(inMemory, owner)
    journal.prepare(aVote(), 1)
    journal.claimNonce(aClaim(aVote()), never)
    journal.claimNonce(aClaim(aVote()), never)
    expect(() => journal.claimNonce(aClaim(aVote(), 'submit2'), never)).toThrow(
      expect.objectContaining({ code: 'nonce-taken' }),
    )
    const asked: unknown[] = []
    journal.claimNonce(aClaim(aVote(), 'submit2'), (holder) => {
      asked.push(holder)
      return true
    })
    expect(asked).toMatchObject([{ votingRoundId: 7, kind: 'submit1' }])
  })

  test('remembers the highest fees of all calls at it, part by part', () => {
    const journal = openJournal(inMemory, owner)
    journal.recordAttempt(anAttempt())
    journal.recordAttempt(
      anAttempt({
        txHash: `0x${'34'.repeat(32)}`,
        fees: { maxFeePerGas: 5n, maxPriorityFeePerGas: 4n },
      }),
    )
    expect(journal.offeredAt(signer, 0)).toEqual({
      maxFeePerGas: 10n ** 20n,
      maxPriorityFeePerGas: 4n,
    })
    expect(journal.offeredAt(signer, 1)).toBeUndefined()
    expect(journal.noncesFrom(signer, 0)).toEqual(new Set([0]))
  })

  test('that has landed raises the floor', () => {
    const journal = openJournal(inMemory, owner)
    expect(journal.nonceFloor(signer)).toBe(0)
    journal.prepare(aVote(), 1)
    const report = aReport('submit1', 'confirmed')
    const ending = { ...aCall('submit1'), status: 'confirmed', atMs: 2, report } as const
    journal.settle({ ...ending, landed: { nonce: 41, gasUsed: 27_300, feeWei: 5n } })
    expect(journal.nonceFloor(signer)).toBe(42)
  })
})

describe('an obligation', () => {
  test('opens with the first transaction of a commit, and closes with its end', () => {
    const journal = openJournal(inMemory, owner)
    journal.prepare(aVote(), 1)
    const open = { votingRoundId: 7, isCommitSettled: false }
    expect(journal.openRounds()).toEqual([{ ...open, owesReveal: false }])

    journal.recordAttempt(anAttempt())
    expect(journal.openRounds()).toEqual([{ ...open, owesReveal: true }])

    const ending = { status: 'confirmed', atMs: 2 } as const
    const confirmed = aReport('submit1', 'confirmed')
    journal.settle({ ...ending, ...aCall('submit1'), report: confirmed })
    expect(journal.openRounds()).toEqual([{ ...open, owesReveal: true, isCommitSettled: true }])

    const report = aReport('submit2', 'confirmed')
    journal.settle({ ...ending, ...aCall('submit2'), report, obligation: 'met' })
    expect(journal.openRounds()).toEqual([])
  })

  test('an end is noted once: the first stays, and is reported once', () => {
    const journal = openJournal(inMemory, owner)
    journal.prepare(aVote(), 1)
    const ending = { ...aCall('submit1'), atMs: 2 } as const
    journal.settle({ ...ending, status: 'confirmed', report: aReport('submit1', 'confirmed') })
    journal.settle({ ...ending, status: 'failed', report: aReport('submit1', 'failed') })
    expect(journal.statusOf(aCall('submit1'))).toBe('confirmed')
    expect(journal.outbox.dueReports(10)).toEqual([aReport('submit1', 'confirmed')])
  })
})

describe('the outbox', () => {
  test('keeps order, takes a report once, and forgets what is acknowledged', () => {
    const { outbox } = openJournal(inMemory, owner)
    const [sent, confirmed] = [aReport('submit1', 'sent'), aReport('submit1', 'confirmed')]
    outbox.queueReport(sent)
    outbox.queueReport(confirmed)
    outbox.queueReport(sent)
    expect(outbox.dueReports(10)).toEqual([sent, confirmed])
    expect(outbox.dueReports(1)).toEqual([sent])
    outbox.forget([sent.id])
    expect(outbox.dueReports(10)).toEqual([confirmed])
    expect(outbox.length()).toBe(1)
  })
})

describe('a file', () => {
  test('survives its process: all is there when it is opened again', () => {
    const file = join(directory, 'survives.sqlite')
    const first = openJournal(file, owner)
    first.prepare(aVote(), 1)
    first.recordAttempt(anAttempt())
    first.markAttempt(anAttempt().txHash, 'accepted', aReport('submit1', 'sent'))
    const { holder } = first
    first.close()

    const second = openJournal(file, owner)
    expect(second.vote(7)).toEqual(aVote())
    expect(second.attempts(aCall('submit1'))).toEqual([anAttempt({ state: 'accepted' })])
    expect(second.outbox.dueReports(9)).toEqual([aReport('submit1', 'sent')])
    expect(second.holder).toBe(holder)
    second.close()
    expect(holderOf(file)).toBe(holder)
  })

  test('is used by one bridge at a time, and may be looked at meanwhile', () => {
    const file = join(directory, 'shared.sqlite')
    const journal = openJournal(file, owner)
    journal.prepare(aVote(), 1)
    expect(() => openJournal(file, owner)).toThrow(
      expect.objectContaining({ code: 'journal-in-use' }),
    )
    const status = journalStatus(file, 10)
    expect(status).toMatchObject({ chainId: '31337', owed: 0, rounds: [{ voting_round_id: 7 }] })
    expect(statusText(status)).not.toContain('1111')
    journal.close()
    openJournal(file, owner).close()
  })

  test.each([
    { name: 'chain', other: { ...owner, chainId: 14 } },
    { name: 'signer', other: { ...owner, signers: [`0x${'cd'.repeat(20)}`] as const } },
  ])('of another $name is refused', ({ name, other }) => {
    const file = join(directory, `other-${name}.sqlite`)
    openJournal(file, owner).close()
    expect(() => openJournal(file, other)).toThrow(
      expect.objectContaining({ code: 'journal-of-another' }),
    )
    openJournal(file, owner).close()
  })

  test('is bound to the first block of its chain once that is known', () => {
    const journal = openJournal(inMemory, owner)
    journal.bindGenesis('0x01')
    journal.bindGenesis('0x01')
    expect(() => journal.bindGenesis('0x02')).toThrow(
      expect.objectContaining({ code: 'journal-of-another' }),
    )
  })

  test('that is not there cannot be looked at, and is not made by it', () => {
    expect(() => journalStatus(join(directory, 'none'), 1)).toThrow(
      expect.objectContaining({ code: 'journal-missing' }),
    )
  })
})

test('the database itself refuses to delete a binding, or to replace one', () => {
  const database = openDatabase(inMemory, migrate)
  const insert = "INTO binding VALUES ('0xab', 'commit', 100, 7, '0x01', 1)"
  database.run(`INSERT ${insert}`)
  const forEver = /a binding is for ever/
  expect(() => database.run('DELETE FROM binding')).toThrow(forEver)
  expect(() => database.run(`INSERT OR REPLACE ${insert}`)).toThrow(forEver)
  expect(() => database.run("UPDATE binding SET digest = '0x02'")).toThrow(forEver)
  database.close()
})

test('a journal and the files beside it are their owner’s alone, also one that was not', () => {
  const file = join(directory, 'open.sqlite')
  openJournal(file, owner).close()
  chmodSync(file, 0o644)
  const journal = openJournal(file, owner)
  journal.prepare(aVote(), 1)
  for (const ending of ['', '-wal', '-shm', '.lock']) {
    expect([ending, statSync(file + ending).mode & 0o077]).toEqual([ending, 0])
  }
  journal.close()
})
