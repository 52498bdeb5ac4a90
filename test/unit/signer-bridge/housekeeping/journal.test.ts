import {
  chownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { houseCalldata } from '../../../../signer-bridge/housekeeping/calldata.ts'
import { inMemory, isInUse } from '../../../../signer-bridge/journal/database.ts'
import {
  type HouseBook,
  openHouseBook,
  type PlannedJob,
} from '../../../../signer-bridge/journal/housekeeping.ts'
import { aClaimDeed, anAddress, owner } from '../../../support/house-claims.ts'

const chain = { chainId: 14, genesisHash: `0x${'ab'.repeat(32)}` }
const opened: HouseBook[] = []
const directories: string[] = []
afterEach(() => {
  for (const book of opened.splice(0)) book.close()
  for (const directory of directories.splice(0)) rmSync(directory, { recursive: true })
})

function aBook(file = inMemory, of = chain): HouseBook {
  const book = openHouseBook(file, of)
  opened.push(book)
  return book
}

function aFile(): string {
  const directory = mkdtempSync(join(tmpdir(), 'chrono-house-book-'))
  directories.push(directory)
  return join(directory, 'journal.house')
}

function aJob(differing: Partial<PlannedJob> = {}): PlannedJob {
  return {
    kind: 'claim',
    owner,
    rewardEpochId: 417,
    sender: anAddress(0x5e),
    contract: anAddress(0xc0),
    calldata: houseCalldata(aClaimDeed()),
    nonce: 3,
    gas: 200_000n,
    ...differing,
  }
}

const attempt = {
  nonce: 3,
  txHash: `0x${'cd'.repeat(32)}`,
  raw: '0x02f8',
  fees: { maxFeePerGas: 30n, maxPriorityFeePerGas: 10n },
  signedAtMs: 5,
  state: 'signed',
} as const

test('a job and its attempts are there after the process has ended', () => {
  const file = aFile()
  const first = openHouseBook(file, chain)
  const { id } = first.plan(aJob(), 1)
  first.recordAttempt(id, attempt)
  first.markAttempt(attempt.txHash, 'accepted')
  first.close()

  const second = aBook(file)
  expect(second.openJobs()).toEqual([{ ...aJob(), id }])
  expect(second.attempts(id)).toEqual([{ ...attempt, state: 'accepted' }])
})

test.each([
  { name: 'of the same sender', other: aJob({ nonce: 4, owner: anAddress(1) }) },
  { name: 'for the same owner', other: aJob({ nonce: 9, sender: anAddress(2) }) },
])('while one is open none is planned $name', ({ other }) => {
  const book = aBook()
  book.plan(aJob(), 1)
  expect(() => book.plan(other, 2)).toThrow(expect.objectContaining({ code: 'nonce-taken' }))
  expect(book.openJobs()).toHaveLength(1)
})

test.each(['landed', 'reverted', 'replaced'] as const)(
  'a nonce says one thing for ever: not even after its job has %s is it given again',
  (end) => {
    const book = aBook()
    book.settle(book.plan(aJob(), 1).id, end, 2)
    expect(() => book.plan(aJob(), 3)).toThrow(expect.objectContaining({ code: 'nonce-taken' }))
    expect(book.plan(aJob({ nonce: 4 }), 3).nonce).toBe(4)
  },
)

test.each(['void', 'denied'] as const)(
  'a nonce at which nothing was signed is free again: %s',
  (end) => {
    const book = aBook()
    book.settle(book.plan(aJob(), 1).id, end, 2)
    expect(book.plan(aJob(), 3).nonce).toBe(3)
  },
)

test('what is settled stays so', () => {
  const book = aBook()
  const { id } = book.plan(aJob(), 1)
  book.settle(id, 'landed', 2)
  expect(() => book.settle(id, 'void', 3)).toThrow('settled once')
})

test('two commands at a time, and another chain, are refused', () => {
  const file = aFile()
  const first = openHouseBook(file, chain)
  expect(() => openHouseBook(file, chain)).toThrow(
    expect.objectContaining({ code: 'journal-in-use' }),
  )
  first.close()
  expect(() => openHouseBook(file, { ...chain, chainId: 19 })).toThrow(
    expect.objectContaining({ code: 'journal-of-another' }),
  )
  expect(() => openHouseBook(file, { ...chain, genesisHash: '0x00' })).toThrow(
    expect.objectContaining({ code: 'journal-of-another' }),
  )
})

test('that a process is at work can be asked without disturbing it', () => {
  const file = aFile()
  expect(isInUse(file)).toBe(false)
  const book = openHouseBook(file, chain)
  expect(isInUse(file)).toBe(true)
  expect(isInUse(file)).toBe(true)
  book.plan(aJob(), 1)
  book.close()
  expect(isInUse(file)).toBe(false)
  expect(aBook(file).openJobs()).toHaveLength(1)
})

test.each(['', '.lock'])('one that cannot be written is told of in a sentence: "%s"', (ending) => {
  const file = aFile()
  // A user without rights gets the same of SQLite as for a directory in its place.
  mkdirSync(`${file}${ending}`)
  expect(() => openHouseBook(file, chain)).toThrow(
    expect.objectContaining({
      code: 'journal-unusable',
      message: expect.stringMatching(
        /cannot be used \(.+\)\. It and the files beside it have to belong to the user that runs the bridge/,
      ),
    }),
  )
})

test('what root makes beside a journal is its owner’s and nobody else’s, as the journal is', () => {
  const file = aFile()
  const journal = file.replace(/\.house$/, '')
  writeFileSync(journal, '')
  // Who is no root makes files of its own, and so is the journal.
  if (process.getuid?.() === 0) chownSync(journal, 12_345, 12_346)
  const { uid, gid } = statSync(journal)
  const book = openHouseBook(file, chain, journal)
  opened.push(book)
  book.plan(aJob(), 1)
  const made = readdirSync(join(file, '..')).filter((name) => name.startsWith('journal.house'))
  expect(made.toSorted()).toEqual(
    ['', '-shm', '-wal', '.lock', '.lock-journal'].map((end) => `journal.house${end}`),
  )
  for (const name of made) {
    const { mode, ...stat } = statSync(join(file, '..', name))
    expect({ name, uid: stat.uid, gid: stat.gid, mode: mode & 0o777 }).toEqual({
      name,
      uid,
      gid,
      mode: 0o600,
    })
  }
})
