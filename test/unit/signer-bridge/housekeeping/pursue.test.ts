import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Hash, type Hex, keccak256, parseGwei, parseTransaction } from 'viem'
import { afterEach, describe, expect, test } from 'vitest'
import {
  ChainError,
  type Receipt,
  type SendOutcome,
} from '../../../../signer-bridge/chain/chain.ts'
import { defaultFeePolicy } from '../../../../signer-bridge/fees.ts'
import { houseCalldata } from '../../../../signer-bridge/housekeeping/calldata.ts'
import { openJobOf } from '../../../../signer-bridge/housekeeping/book-keeping.ts'
import {
  type Pursued,
  pursueJob,
  type PursuitDeps,
} from '../../../../signer-bridge/housekeeping/pursue.ts'
import { type HouseBook, openHouseBook } from '../../../../signer-bridge/journal/housekeeping.ts'
import { SigningError } from '../../../../signer-bridge/signer.ts'
import { aClaimDeed, owner } from '../../../support/house-claims.ts'
import { houseAccount } from '../../../support/housekeeping.ts'

const account = houseAccount('executor')
const genesis = { chainId: 14, genesisHash: '0xab' }
const contract = `0x${'c0'.repeat(20)}` as const

const cleanUps: (() => void)[] = []
afterEach(() => {
  for (const cleanUp of cleanUps.splice(0)) cleanUp()
})

/** A chain of one sender whose blocks come each second, and that loses what it is told to. */
class Sea {
  nowMs = 1_000_000
  /** Mined, by nonce. */
  readonly mined: { readonly raw: Hex; readonly block: number }[] = []
  readonly handed: Hex[] = []
  waiting: Hex | undefined
  drops = 0
  isDown = false
  reverts = false
  outcome: SendOutcome = { kind: 'accepted' }

  get block(): number {
    return Math.floor(this.nowMs / 1_000)
  }

  pass(ms: number): void {
    this.nowMs += ms
    if (this.waiting === undefined) return
    this.mined.push({ raw: this.waiting, block: this.block })
    this.waiting = undefined
  }

  readonly chain: PursuitDeps['chain'] = {
    head: () => {
      if (this.isDown) return Promise.reject(new ChainError('chain-unreachable', 'Nobody.'))
      const timestampSec = this.block
      return Promise.resolve({ number: this.block, timestampSec, baseFeeWei: parseGwei('500') })
    },
    receiptsOf: (hashes) => Promise.resolve(hashes.flatMap((hash) => this.receiptOf(hash))),
    latestCount: () => Promise.resolve(this.mined.length),
    send: (raw) => {
      this.handed.push(raw)
      if (this.drops > 0) this.drops -= 1
      else if (this.outcome.kind === 'accepted') this.take(raw)
      return Promise.resolve(this.outcome)
    },
  }

  /** What is out replaces what waits at its nonce; a used nonce is not mined again. */
  private take(raw: Hex): void {
    if ((parseTransaction(raw).nonce ?? 0) === this.mined.length) this.waiting = raw
  }

  private receiptOf(hash: Hash): Receipt[] {
    const found = this.mined.find(({ raw }) => keccak256(raw) === hash)
    if (found === undefined) return []
    return [
      {
        txHash: hash,
        blockNumber: found.block,
        timestampSec: found.block,
        gasUsed: 100_000,
        feeWei: 1n,
        hasReverted: this.reverts,
      },
    ]
  }
}

function aFile(): string {
  const directory = mkdtempSync(join(tmpdir(), 'chrono-house-pursuit-'))
  cleanUps.push(() => rmSync(directory, { recursive: true }))
  return join(directory, 'journal.house')
}

function aWorld(sea = new Sea(), file = aFile()) {
  const book = openHouseBook(file, genesis)
  let isOpen = true
  const close = () => {
    if (isOpen) book.close()
    isOpen = false
  }
  cleanUps.unshift(close)
  const said: string[] = []
  const deps: PursuitDeps = {
    chain: sea.chain,
    book,
    key: { role: 'executor', address: account.address, signer: account },
    chainId: 14,
    feePolicy: defaultFeePolicy,
    policy: { claimRecipients: [] },
    nowMs: () => sea.nowMs,
    steadyMs: () => sea.nowMs,
    sleep: (ms) => {
      sea.pass(ms)
      return Promise.resolve()
    },
    resendMs: 10_000,
    say: (text) => void said.push(text),
  }
  return { sea, file, book, deps, said, close }
}

function planned(book: HouseBook, nonce = 0) {
  return book.plan(
    {
      kind: 'claim',
      owner,
      rewardEpochId: 417,
      sender: account.address,
      contract,
      calldata: houseCalldata(aClaimDeed()),
      nonce,
      gas: 200_000n,
    },
    1,
  )
}

const noncesIn = (raws: readonly Hex[]) => [
  ...new Set(raws.map((raw) => parseTransaction(raw).nonce ?? 0)),
]

describe('pursueJob', () => {
  test('sends once, and waits until two blocks stand above', async () => {
    const { sea, book, deps } = aWorld()
    const pursued = await pursueJob(deps, planned(book))
    expect(pursued).toMatchObject({ kind: 'landed', receipt: { hasReverted: false } })
    expect(sea.handed).toHaveLength(1)
    expect(sea.block - (sea.mined[0]?.block ?? 0)).toBeGreaterThanOrEqual(2)
    expect(book.openJobs()).toEqual([])
  })

  test('replaces what is lost by the same at the same nonce for at least an eighth more', async () => {
    const { sea, book, deps } = aWorld()
    sea.drops = 2
    expect((await pursueJob(deps, planned(book))).kind).toBe('landed')
    const sent = sea.handed.map((raw) => parseTransaction(raw))
    expect(sent).toHaveLength(3)
    expect(noncesIn(sea.handed)).toEqual([0])
    expect(new Set(sent.map(({ data }) => data)).size).toBe(1)
    const caps = sent.map(({ maxFeePerGas }) => maxFeePerGas ?? 0n)
    const [first = 0n, second = 0n, third = 0n] = caps
    expect(second * 8n).toBeGreaterThanOrEqual(first * 9n)
    expect(third * 8n).toBeGreaterThanOrEqual(second * 9n)
  })

  test('is never above the ceiling: at it the last one is sent again', async () => {
    const { sea, book, deps } = aWorld()
    sea.drops = 10_000
    const feePolicy = { ...defaultFeePolicy, ceilingWei: parseGwei('3500') }
    expect((await pursueJob({ ...deps, feePolicy }, planned(book))).kind).toBe('pending')
    for (const raw of sea.handed) {
      expect(parseTransaction(raw).maxFeePerGas).toBeLessThanOrEqual(parseGwei('3500'))
    }
    expect(book.openJobs()).toHaveLength(1)
  })

  test('that reverted is told as such, and its nonce stays used', async () => {
    const { sea, book, deps } = aWorld()
    sea.reverts = true
    expect((await pursueJob(deps, planned(book))).kind).toBe('reverted')
    expect(() => planned(book)).toThrow(expect.objectContaining({ code: 'nonce-taken' }))
  })

  test('whose nonce a stranger has used is given up, and nothing is sent at another', async () => {
    const { sea, book, deps } = aWorld()
    sea.outcome = { kind: 'unreachable', reason: 'Nobody.' }
    const job = planned(book)
    const stranger = await account.signTransaction({ type: 'eip1559', chainId: 14, nonce: 0 })
    let looks = 0
    const latestCount = () => {
      looks += 1
      if (looks === 2) sea.mined.push({ raw: stranger, block: sea.block })
      return Promise.resolve(sea.mined.length)
    }
    const chain = { ...sea.chain, latestCount }
    expect(await pursueJob({ ...deps, chain }, job)).toEqual({ kind: 'replaced' })
    expect(noncesIn(sea.handed)).toEqual([0])
    expect(book.openJobs()).toEqual([])
  })

  test('goes on when nodes answer again', async () => {
    const { sea, book, deps } = aWorld()
    sea.isDown = true
    const sleep = (ms: number) => {
      sea.pass(ms)
      if (sea.block > 1_020) sea.isDown = false
      return Promise.resolve()
    }
    expect((await pursueJob({ ...deps, sleep }, planned(book))).kind).toBe('landed')
  })

  test('is not asked for again where a person has said no; nothing is open then', async () => {
    const { sea, book, deps } = aWorld()
    let asked = 0
    const signTransaction = () => {
      asked += 1
      return Promise.reject(new SigningError('signing-denied', 'No.'))
    }
    const key = { ...deps.key, signer: { ...account, signTransaction } }
    expect(await pursueJob({ ...deps, key }, planned(book))).toEqual({ kind: 'denied' })
    expect([asked, sea.handed, book.openJobs()]).toEqual([1, [], []])
  })

  test('that is out already is followed where a person says no to a higher fee, once', async () => {
    const { sea, book, deps } = aWorld()
    sea.drops = 1
    let asked = 0
    const signTransaction: typeof account.signTransaction = (...args) => {
      asked += 1
      if (asked === 1) return account.signTransaction(...args)
      return Promise.reject(new SigningError('signing-denied', 'No.'))
    }
    const key = { ...deps.key, signer: { ...account, signTransaction } }
    expect(await pursueJob({ ...deps, key }, planned(book))).toEqual({ kind: 'pending' })
    expect(asked).toBe(2)
    expect(book.openJobs()).toHaveLength(1)
  })
})

/** Thrown at a deed in place of dying there. */
class Death extends Error {}

/** The same world, in which the process dies before or after the nth deed that leaves a trace. */
function doomed(deps: PursuitDeps, book: HouseBook, dieAt: number) {
  let deeds = 0
  const wrapped =
    <A extends readonly unknown[], T>(deed: (...args: A) => T) =>
    (...args: A): T => {
      deeds += 1
      if (deeds === dieAt) throw new Death()
      const done = deed(...args)
      deeds += 1
      if (deeds === dieAt) throw new Death()
      return done
    }
  const dying: HouseBook = {
    ...book,
    plan: wrapped(book.plan),
    recordAttempt: wrapped(book.recordAttempt),
    markAttempt: wrapped(book.markAttempt),
    settle: wrapped(book.settle),
  }
  const signTransaction = wrapped(account.signTransaction)
  return {
    book: dying,
    deps: {
      ...deps,
      book: dying,
      chain: { ...deps.chain, send: wrapped(deps.chain.send) },
      key: { ...deps.key, signer: { ...account, signTransaction } },
    },
    count: () => deeds,
  }
}

/** As the command does: what is open is followed, else it is planned anew. */
async function claimed(sea: Sea, deps: PursuitDeps, book: HouseBook): Promise<Pursued> {
  const open = openJobOf(book, { sender: account.address, kind: 'claim', owner })
  return await pursueJob(deps, open ?? planned(book, sea.mined.length))
}

describe('killed at any deed and started again', () => {
  test.each([
    { name: 'at once', drops: 0, downMs: 0 },
    { name: 'after it has landed', drops: 0, downMs: 20_000 },
    { name: 'where it was lost first', drops: 1, downMs: 0 },
  ])('$name, a claim lands once and says one thing', async ({ drops, downMs }) => {
    const quiet = aWorld()
    quiet.sea.drops = drops
    const all = doomed(quiet.deps, quiet.book, 0)
    await claimed(quiet.sea, all.deps, all.book)
    expect(all.count()).toBeGreaterThanOrEqual(10)

    for (let dieAt = 1; dieAt <= all.count(); dieAt += 1) {
      const sea = new Sea()
      sea.drops = drops
      const first = aWorld(sea)
      const dying = doomed(first.deps, first.book, dieAt)
      await expect(claimed(sea, dying.deps, dying.book), `deed ${dieAt}`).rejects.toThrow(Death)
      first.close()
      sea.pass(downMs)

      const second = aWorld(sea, first.file)
      const isOver = second.book.openJobs().length === 0 && sea.mined.length > 0
      if (!isOver) {
        const { kind } = await claimed(sea, second.deps, second.book)
        expect(kind, `deed ${dieAt}`).toBe('landed')
      }
      expect(sea.mined, `deed ${dieAt}`).toHaveLength(1)
      expect(noncesIn(sea.handed), `deed ${dieAt}`).toEqual([0])
      expect(second.book.openJobs(), `deed ${dieAt}`).toEqual([])
      second.close()
    }
  })
})
