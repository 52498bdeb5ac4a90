import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { houseCalldata } from '../../../../signer-bridge/housekeeping/calldata.ts'
import { inMemory } from '../../../../signer-bridge/journal/database.ts'
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
