import { afterEach, describe, expect, test } from 'vitest'
import {
  automaticChoice,
  maxTries,
} from '../../../../signer-bridge/housekeeping/automatic-choice.ts'
import { dueAlarm } from '../../../../signer-bridge/housekeeping/automatic.ts'
import { inMemory } from '../../../../signer-bridge/journal/database.ts'
import {
  type HouseBook,
  type HouseEnd,
  openHouseBook,
  type PlannedJob,
} from '../../../../signer-bridge/journal/housekeeping.ts'
import type { RoleKey } from '../../../../signer-bridge/roles.ts'
import { anAddress } from '../../../support/house-claims.ts'
import { houseAccount } from '../../../support/housekeeping.ts'

const voter = anAddress(0xee)
const wanted = { kind: 'register', owner: voter, rewardEpochId: 418 } as const

const aKey = (role: 'executor' | 'signingPolicy'): RoleKey => {
  const signer = houseAccount(role)
  return { role, address: signer.address, signer }
}
const executor = aKey('executor')
const policy = aKey('signingPolicy')
const payers = [executor, policy]

const opened: HouseBook[] = []
afterEach(() => {
  for (const book of opened.splice(0)) book.close()
})

function aBook(): HouseBook {
  const book = openHouseBook(inMemory, { chainId: 14, genesisHash: '0xab' })
  opened.push(book)
  return book
}

/** One that was signed, and may land. */
function open(book: HouseBook, differing: Partial<PlannedJob> = {}) {
  const job = book.plan(
    {
      kind: 'register',
      owner: voter,
      rewardEpochId: 418,
      sender: executor.address,
      contract: anAddress(0xc0),
      calldata: '0x1234',
      nonce: opened.length + book.openJobs().length,
      gas: 1n,
      ...differing,
    },
    1,
  )
  const fees = { maxFeePerGas: 30n, maxPriorityFeePerGas: 10n }
  const txHash = `0x${String(job.id).padStart(64, '0')}` as const
  const attempt = { nonce: job.nonce, txHash, raw: '0x02', fees, signedAtMs: 1 } as const
  book.recordAttempt(job.id, { ...attempt, state: 'signed' })
  return job
}

describe('a bridge that registers by itself', () => {
  test('sends where nothing is known, with any of its keys', () => {
    expect(automaticChoice(aBook(), wanted, payers)).toEqual({ kind: 'send', keys: payers })
  })

  test.each(['register', 'pre-register'] as const)(
    'follows its own open one, with the key that sent it: %s',
    (kind) => {
      const book = aBook()
      const job = open(book, { kind, sender: policy.address })
      const choice = automaticChoice(book, wanted, payers)
      expect(choice).toMatchObject({ kind: 'follow', key: policy, job: { id: job.id } })
    },
  )

  test('never takes up what another key has sent for the voter: it waits', () => {
    const book = aBook()
    open(book, { sender: anAddress(0x99) })
    expect(automaticChoice(book, wanted, payers)).toMatchObject({ kind: 'stop' })
    expect(book.openJobs()).toHaveLength(1)
  })

  test('lets the claim of the voter be that another key has open, and sends', () => {
    const book = aBook()
    open(book, { kind: 'claim', sender: anAddress(0x99) })
    expect(automaticChoice(book, wanted, payers)).toEqual({ kind: 'send', keys: payers })
  })

  test.each([
    { name: 'a claim', job: { kind: 'claim' as const } },
    { name: 'another voter’s registration', job: { owner: anAddress(7) } },
  ])('does not touch $name of its own sender, and takes its other key', ({ job }) => {
    const book = aBook()
    open(book, job)
    expect(automaticChoice(book, wanted, payers)).toEqual({ kind: 'send', keys: [policy] })
    expect(automaticChoice(book, wanted, [executor])).toMatchObject({ kind: 'stop' })
  })

  test.each(['landed', 'reverted'] as const)(
    'never sends again what has %s, whatever the nodes say of it',
    (end) => {
      const book = aBook()
      book.settle(open(book).id, end, 2)
      expect(automaticChoice(book, wanted, payers)).toMatchObject({ kind: 'stop' })
      const next = { ...wanted, rewardEpochId: 419 }
      expect(automaticChoice(book, next, payers)).toMatchObject({ kind: 'send' })
      const before = { ...wanted, kind: 'pre-register' } as const
      expect(automaticChoice(book, before, payers)).toMatchObject({ kind: 'send' })
    },
  )

  test('tries three times in a reward epoch, and no more', () => {
    const book = aBook()
    const fail = (end: HouseEnd, nonce: number) => book.settle(open(book, { nonce }).id, end, 2)
    for (let nonce = 0; nonce < maxTries - 1; nonce += 1) fail('replaced', nonce)
    fail('void', 7)
    expect(automaticChoice(book, wanted, payers)).toMatchObject({ kind: 'send' })
    fail('replaced', 8)
    const sentence = expect.stringContaining('was tried 3 times')
    expect(automaticChoice(book, wanted, payers)).toEqual({ kind: 'stop', sentence })
  })
})

describe('a registration that is due and not done', () => {
  const anAlarm = () => {
    let atMs = 5_000
    const told: unknown[] = []
    const log = (event: object) => void told.push(event)
    const alarm = dueAlarm({ steadyMs: () => atMs, log }, 1_000)
    const after = (ms: number) => {
      atMs += ms
      alarm.look('No coins.', 418)
      return told
    }
    return { alarm, after }
  }
  const due = { event: 'registration-due', reward_epoch_id: 418, reason: 'No coins.' }

  test('is told of once it has been so for too long, once', () => {
    const { after } = anAlarm()
    expect(after(999)).toEqual([])
    expect(after(1)).toEqual([due])
    expect(after(5_000)).toEqual([due])
  })

  test('is told of again after it was seen to be clear', () => {
    const { alarm, after } = anAlarm()
    after(1_000)
    alarm.clear()
    expect(after(999)).toEqual([due])
    expect(after(1)).toEqual([due, due])
  })
})
