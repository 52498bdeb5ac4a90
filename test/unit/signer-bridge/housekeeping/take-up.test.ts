import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { getAddress, parseGwei } from 'viem'
import { afterEach, describe, expect, test } from 'vitest'
import { bookOf } from '../../../../signer-bridge/housekeeping/book-keeping.ts'
import { houseCalldata } from '../../../../signer-bridge/housekeeping/calldata.ts'
import {
  doErrand,
  type Errand,
  type ErrandDeps,
  followJob,
} from '../../../../signer-bridge/housekeeping/errand.ts'
import { jobWords } from '../../../../signer-bridge/housekeeping/job-words.ts'
import { maxHouseGas } from '../../../../signer-bridge/housekeeping/policy.ts'
import { takeUp } from '../../../../signer-bridge/housekeeping/take-up.ts'
import type { HouseBook, PlannedJob } from '../../../../signer-bridge/journal/housekeeping.ts'
import type { RoleKey } from '../../../../signer-bridge/roles.ts'
import { settingsOf } from '../../../../signer-bridge/settings.ts'
import { aClaimDeed, anAddress, owner } from '../../../support/house-claims.ts'
import { houseAccount } from '../../../support/housekeeping.ts'

const account = houseAccount('executor')
const key: RoleKey = { role: 'executor', address: account.address, signer: account }
const treasury = anAddress(0x77)

const directories: string[] = []
afterEach(() => {
  for (const directory of directories.splice(0)) rmSync(directory, { recursive: true })
})

type Around = { readonly withBook: ErrandDeps['withBook'] }

/** A command and its journal; a person answers each question, and nothing is ever seen to land. */
function aWorld(answer: (around: Around) => Promise<boolean>, isOver = true) {
  const directory = mkdtempSync(join(tmpdir(), 'chrono-take-up-'))
  directories.push(directory)
  const file = join(directory, 'settings.json')
  writeFileSync(
    file,
    JSON.stringify({
      network: 'local',
      rpc_urls: ['http://127.0.0.1:1'],
      worker_url: 'http://127.0.0.1:1',
      keys: [{ role: 'submit', address: getAddress(anAddress(1)), env: 'KEY' }],
      journal_file: 'journal.sqlite',
    }),
  )
  const settings = settingsOf(file)
  const withBook = bookOf(settings, { genesisHash: '0xab' })
  const said: string[] = []
  const head = { number: 100, timestampSec: 1, baseFeeWei: parseGwei('25') }
  const deps: ErrandDeps = {
    settings,
    withBook,
    house: {
      chain: {
        head: () => Promise.resolve(head),
        balanceWei: () => Promise.resolve(10n ** 20n),
        latestCount: () => Promise.resolve(3),
        pendingCount: () => Promise.resolve(3),
        receiptsOf: () => Promise.resolve([]),
        send: () => Promise.resolve({ kind: 'accepted' }),
      },
    },
    reads: {
      simulate: () => Promise.resolve({ kind: 'done', data: '0x' }),
      estimateGas: () => Promise.resolve(100_000n),
    },
    agree: (question) => {
      said.push(question)
      return answer({ withBook })
    },
    say: (text) => void said.push(text),
    isOver: () => isOver,
  }
  return { deps, withBook, said }
}

const yes = () => Promise.resolve(true)
const asked = { kind: 'claim', owner } as const

/** Something that was sent, and may land. */
function open(book: HouseBook, differing: Partial<PlannedJob> = {}) {
  const planned = { kind: 'claim', owner, rewardEpochId: 417, sender: account.address } as const
  const calldata = houseCalldata(aClaimDeed({ recipient: treasury }))
  const job = book.plan(
    { ...planned, contract: anAddress(0xc0), calldata, nonce: 3, gas: 9n, ...differing },
    1,
  )
  const fees = { maxFeePerGas: 30n, maxPriorityFeePerGas: 10n }
  const txHash = `0x${'cd'.repeat(32)}` as const
  const attempt = { nonce: 3, txHash, raw: '0x02', fees, signedAtMs: Date.now() } as const
  book.recordAttempt(job.id, { ...attempt, state: 'accepted' })
  return job
}

const errand: Errand = {
  deed: aClaimDeed({ recipient: owner }),
  rewardEpochId: 417,
  contract: anAddress(0xc0),
  lines: () => ['A claim.'],
  simulationRefusal: () => undefined,
}

describe('what is open', () => {
  test('is told of by what its calldata says, and not by what was asked for', async () => {
    const { deps, withBook, said } = aWorld(yes)
    await withBook((book) => open(book))
    const done = await takeUp(deps, key, asked)
    expect(said[0]).toBe(
      `The claim of the rewards of ${getAddress(owner)}, paid to ${getAddress(treasury)} is open at nonce 3: it is followed first.`,
    )
    expect(done).toMatchObject({ kind: 'pending', job: { nonce: 3 } })
  })

  test('is not followed where the person says no', async () => {
    const { deps, withBook } = aWorld(() => Promise.resolve(false))
    await withBook((book) => open(book))
    expect(await takeUp(deps, key, asked)).toEqual({ kind: 'declined' })
  })

  test('is nothing where it has ended before the yes', async () => {
    const { deps, withBook } = aWorld(async (around) => {
      await around.withBook((book) => {
        for (const { id } of book.openJobs()) book.settle(id, 'landed', 2)
      })
      return true
    })
    await withBook((book) => open(book))
    expect(await takeUp(deps, key, asked)).toBeUndefined()
  })

  test('and was sent by another key is refused, by name', async () => {
    const { deps, withBook } = aWorld(yes)
    const job = await withBook((book) => open(book, { sender: treasury }))
    await expect(takeUp(deps, key, asked)).rejects.toMatchObject({
      code: 'house-pending',
      message: expect.stringContaining(`--from ${getAddress(treasury)}`),
    })
    const followed = withBook((book) => followJob({ ...deps, book }, job, key))
    await expect(followed).rejects.toMatchObject({ code: 'house-pending' })
  })

  test('of another kind and another key does not stand in the way', async () => {
    const { deps, withBook } = aWorld(yes)
    await withBook((book) => open(book, { sender: treasury }))
    expect(await takeUp(deps, key, { kind: 'register', owner })).toBeUndefined()
  })
})

describe('while a person reads', () => {
  test('the journal is free for others', async () => {
    let wasFree = false
    const { deps } = aWorld(async ({ withBook }) => {
      wasFree = await withBook((book) => book.openJobs().length === 0)
      return false
    })
    expect(await doErrand(deps, errand, key)).toEqual({ kind: 'declined' })
    expect(wasFree).toBe(true)
  })

  test('what others have begun meanwhile is not begun twice', async () => {
    const { deps, withBook } = aWorld(async (around) => {
      await around.withBook((book) => open(book))
      return true
    })
    await expect(doErrand(deps, errand, key)).rejects.toMatchObject({ code: 'house-pending' })
    expect(await withBook((book) => book.openJobs().length)).toBe(1)
  })

  test('a nonce that was used meanwhile is not used again', async () => {
    let count = 3
    const { deps, withBook } = aWorld(() => {
      count = 4
      return yes()
    })
    const counts = () => Promise.resolve(count)
    const chain = { ...deps.house.chain, latestCount: counts, pendingCount: counts }
    await doErrand({ ...deps, house: { chain } }, errand, key)
    expect(await withBook((book) => book.openJobs().map(({ nonce }) => nonce))).toEqual([4])
  })
})

test('more gas than may be sent is refused with the way out of it', async () => {
  const { deps } = aWorld(yes)
  const reads = { ...deps.reads, estimateGas: () => Promise.resolve(maxHouseGas) }
  await expect(doErrand({ ...deps, reads }, errand, key)).rejects.toMatchObject({
    code: 'house-refused',
    message: expect.stringContaining('say --epoch'),
  })
})

const signature = { v: 27, r: `0x${'11'.repeat(32)}`, s: `0x${'22'.repeat(32)}` } as const

test.each([
  {
    name: 'a registration',
    deed: { kind: 'register', owner, signature },
    words: `the registration of ${getAddress(owner)} for reward epoch 418`,
  },
  {
    name: 'a pre-registration',
    deed: { kind: 'pre-register', owner, signature },
    words: `the pre-registration of ${getAddress(owner)} for reward epoch 418`,
  },
  {
    name: 'a claim for the owner itself',
    deed: aClaimDeed(),
    words: `the claim of the rewards of ${getAddress(owner)}`,
  },
] as const)('the words of $name', ({ deed, words }) => {
  const job = { kind: deed.kind, owner: treasury, rewardEpochId: 418 }
  expect(jobWords({ ...job, calldata: houseCalldata(deed) })).toBe(words)
})

test('what cannot be read is said to be so', () => {
  const job = { kind: 'claim', owner, rewardEpochId: 418, calldata: '0x1234' } as const
  expect(jobWords(job)).toBe(`a claim for ${getAddress(owner)} that cannot be read`)
})
