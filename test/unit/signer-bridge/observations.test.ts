import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pad } from 'viem'
import { afterAll, describe, expect, test } from 'vitest'
import { inMemory } from '../../../signer-bridge/journal/database.ts'
import { openObservations } from '../../../signer-bridge/observations/observations.ts'
import type { RawSubmission } from '../../../src/protocol/raw-submissions.ts'

const directory = mkdtempSync(join(tmpdir(), 'chrono-observations-'))
afterAll(() => rmSync(directory, { recursive: true }))

let serial = 0
function aFile(): string {
  serial += 1
  return join(directory, `${serial}`, 'cache')
}

const owner = { chainId: 14 }
const hash = (digit: string) => `0x${digit.repeat(64)}` as const
const aBlock = (number: number, timestampSec = 10 * number) => ({
  number,
  timestampSec,
  hash: hash((number % 10).toString()),
})

function aSubmission(differing: Partial<RawSubmission> = {}): RawSubmission {
  return {
    blockNumber: 1,
    transactionIndex: 0,
    timestampSec: 10,
    method: 'submit1',
    sender: `0x${'ab'.repeat(20)}`,
    calldata: '0x6c532fae64',
    ...differing,
  }
}

test('events of the chain are kept in its order, with how far has been searched', () => {
  const { chainEvents } = openObservations(inMemory, owner)
  const later = {
    kind: 'epoch-started',
    blockNumber: 9,
    logIndex: 0,
    rewardEpochId: 2,
    timestampSec: 9,
  } as const
  const earlier = { ...later, blockNumber: 8, logIndex: 4 }
  expect(chainEvents.searched()).toBeUndefined()
  chainEvents.add([later], { fromBlock: 1, toBlock: 9 })
  chainEvents.add([earlier, later], { fromBlock: 1, toBlock: 10 })
  expect(chainEvents.all()).toEqual([earlier, later])
  expect(chainEvents.searched()).toEqual({ fromBlock: 1, toBlock: 10 })

  const list = chainEvents.all()
  chainEvents.add([later], { fromBlock: 1, toBlock: 11 })
  // What was made of the list holds for as long as it is the same one.
  expect(chainEvents.all()).toBe(list)
  chainEvents.add([{ ...later, timestampSec: 10 }], { fromBlock: 1, toBlock: 11 })
  expect(chainEvents.all()).toEqual([earlier, { ...later, timestampSec: 10 }])

  chainEvents.add([{ ...later, blockNumber: 10, rewardEpochId: 10 }], { fromBlock: 1, toBlock: 11 })
  chainEvents.forgetBefore(3)
  expect(chainEvents.all().map(({ rewardEpochId }) => rewardEpochId)).toEqual([10])
  chainEvents.clear()
  expect(chainEvents.all()).toEqual([])
  expect(chainEvents.searched()).toBeUndefined()
})

test('every address that was told for a contract is remembered, in one spelling', () => {
  const { contracts } = openObservations(inMemory, owner)
  contracts.note('relay', `0x${'B'.repeat(40)}`)
  contracts.note('relay', `0x${'b'.repeat(40)}`)
  contracts.note('relay', `0x${'a'.repeat(40)}`)
  contracts.note('voterRegistry', `0x${'c'.repeat(40)}`)
  expect(contracts.addressesOf('relay')).toEqual([`0x${'a'.repeat(40)}`, `0x${'b'.repeat(40)}`])
  expect(contracts.addressesOf('submission')).toEqual([])
})

describe('the stretch of blocks', () => {
  test('is as long as what was appended, and all of a batch is kept or nothing', () => {
    const { blocks } = openObservations(inMemory, owner)
    expect(blocks.stretch()).toBeUndefined()
    blocks.append({ blocks: [aBlock(1), aBlock(2)], submissions: [aSubmission()], relayed: [] })
    const again = { blocks: [aBlock(3), aBlock(2)], submissions: [], relayed: [] }
    expect(() => blocks.append(again)).toThrow()
    expect(blocks.stretch()).toEqual({
      fromBlock: 1,
      toBlock: 2,
      fromTimestampSec: 10,
      toTimestampSec: 20,
    })
    expect(blocks.last()).toEqual(aBlock(2))
  })

  test('gives submissions of a method by their stamps, from the start of a span to before its end', () => {
    const { blocks } = openObservations(inMemory, owner)
    const submissions = [10, 11, 12, 13].flatMap((timestampSec, i) => [
      aSubmission({ timestampSec, blockNumber: timestampSec, transactionIndex: 2 * i }),
      aSubmission({
        timestampSec,
        blockNumber: timestampSec,
        transactionIndex: 2 * i + 1,
        method: 'submitSignatures',
      }),
    ])
    blocks.append({ blocks: [aBlock(1)], submissions: submissions.toReversed(), relayed: [] })
    const stamps = (fromMs: number, beforeMs: number) =>
      blocks.submissionsIn('submit1', { fromMs, beforeMs }).map(({ timestampSec }) => timestampSec)
    expect(stamps(11_000, 13_000)).toEqual([11, 12])
    expect(stamps(10_001, 12_001)).toEqual([11, 12])
    expect(blocks.submissionsIn('submitSignatures', { fromMs: 10_000, beforeMs: 11_000 })).toEqual([
      submissions[1],
    ])
    expect(blocks.submissionsIn('submit2', { fromMs: 0, beforeMs: 99_000 })).toEqual([])
  })

  test('keeps the last block before what is kept, which shows that none is missing', () => {
    const { blocks } = openObservations(inMemory, owner)
    const numbers = [1, 2, 3, 4]
    const root = {
      protocolId: 100,
      votingRoundId: 7,
      isSecureRandom: false,
      merkleRoot: hash('a'),
      txHash: hash('b'),
      timestampSec: 10,
      logIndex: 0,
    }
    blocks.append({
      blocks: numbers.map((number) => aBlock(number)),
      submissions: numbers.map((number) =>
        aSubmission({ blockNumber: number, timestampSec: 10 * number }),
      ),
      relayed: numbers.map((number) => ({ ...root, blockNumber: number, votingRoundId: number })),
    })
    blocks.prune(30_000)
    expect(blocks.stretch()).toMatchObject({ fromBlock: 2, toBlock: 4 })
    const kept = blocks.submissionsIn('submit1', { fromMs: 0, beforeMs: 99_000 })
    expect(kept.map(({ blockNumber }) => blockNumber)).toEqual([2, 3, 4])
    expect(blocks.relayedFor(100, 1)).toBeUndefined()
    expect(blocks.relayedFor(100, 2)).toMatchObject({ blockNumber: 2, isSecureRandom: false })
    blocks.prune(0)
    expect(blocks.stretch()?.fromBlock).toBe(2)
  })

  test('that is cleared is another one from then on', () => {
    const { blocks } = openObservations(inMemory, owner)
    blocks.append({ blocks: [aBlock(1)], submissions: [aSubmission()], relayed: [] })
    const before = blocks.era()
    blocks.clear()
    expect(blocks.era()).not.toBe(before)
    expect(blocks.stretch()).toBeUndefined()
    expect(blocks.submissionsIn('submit1', { fromMs: 0, beforeMs: 99_000 })).toEqual([])
  })
})

describe('a file', () => {
  test('is private, and has what was put into it when it is opened again', () => {
    const file = aFile()
    const first = openObservations(file, owner)
    first.blocks.append({ blocks: [aBlock(1)], submissions: [aSubmission()], relayed: [] })
    expect(statSync(file).mode & 0o777).toBe(0o600)
    first.close()
    const second = openObservations(file, owner)
    expect(second.blocks.last()).toEqual(aBlock(1))
    second.close()
  })

  test('is of one process at a time', () => {
    const file = aFile()
    const first = openObservations(file, owner)
    const inUse = expect.objectContaining({ code: 'observations-in-use' })
    expect(() => openObservations(file, owner)).toThrow(inUse)
    first.close()
    openObservations(file, owner).close()
  })

  test('of another chain is made anew', () => {
    const file = aFile()
    const first = openObservations(file, owner)
    first.blocks.append({ blocks: [aBlock(1)], submissions: [], relayed: [] })
    first.close()
    const second = openObservations(file, { chainId: 19 })
    expect(second.blocks.stretch()).toBeUndefined()
    second.close()
  })

  test('that is no database is made anew', () => {
    const file = aFile()
    openObservations(file, owner).close()
    writeFileSync(file, 'a disk has written this '.repeat(500))
    const observations = openObservations(file, owner)
    observations.blocks.append({ blocks: [aBlock(1)], submissions: [], relayed: [] })
    expect(observations.blocks.last()).toEqual(aBlock(1))
    observations.close()
  })
})

test('what was read of a chain with another first block is forgotten', () => {
  const observations = openObservations(inMemory, owner)
  const { blocks, contracts, chainEvents } = observations
  observations.bindGenesis(pad('0x01'))
  blocks.append({ blocks: [aBlock(1)], submissions: [], relayed: [] })
  contracts.note('relay', `0x${'b'.repeat(40)}`)
  chainEvents.add([], { fromBlock: 1, toBlock: 9 })
  observations.bindGenesis(pad('0x01'))
  expect(blocks.stretch()).toBeDefined()
  expect(contracts.addressesOf('relay')).toHaveLength(1)
  observations.bindGenesis(pad('0x02'))
  expect(blocks.stretch()).toBeUndefined()
  expect(contracts.addressesOf('relay')).toEqual([])
  expect(chainEvents.searched()).toBeUndefined()
})
