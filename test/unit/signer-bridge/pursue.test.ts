/** One call on its way to the chain, whichever it is and whoever sends it. */

import { type Address, concatHex, type Hex, keccak256, parseTransaction } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { beforeEach, describe, expect, test } from 'vitest'
import type { OwnCall } from '../../../signer-bridge/call.ts'
import { digestsIn } from '../../../signer-bridge/call-digests.ts'
import type { Receipt } from '../../../signer-bridge/chain/chain.ts'
import { defaultFeePolicy } from '../../../signer-bridge/fees.ts'
import { gasLimitOf } from '../../../signer-bridge/gas.ts'
import { inMemory } from '../../../signer-bridge/journal/database.ts'
import { type Journal, openJournal } from '../../../signer-bridge/journal/journal.ts'
import { paceOf } from '../../../signer-bridge/pace.ts'
import { breakerOf } from '../../../signer-bridge/policy/breaker.ts'
import { landedOf } from '../../../signer-bridge/landed.ts'
import { type Hunt, pursue, type Quarry } from '../../../signer-bridge/pursue.ts'
import { reportOf } from '../../../signer-bridge/reports.ts'
import { SigningError } from '../../../signer-bridge/signer.ts'
import { calldataOf, type Vote } from '../../../signer-bridge/vote.ts'
import { lowerCase } from '../../../src/protocol/address.ts'
import { networks } from '../../../src/protocol/networks.ts'
import { votingRoundStartMs } from '../../../src/protocol/epoch.ts'
import { submissionCalldata } from '../../../src/protocol/submission.ts'

const network = networks.flare
const votingRoundId = 1_000
const sender = privateKeyToAccount(keccak256('0x05'))
const call: OwnCall = {
  votingRoundId,
  kind: 'submitSignatures',
  part: 'main',
  signer: sender.address,
}
const startOfNextMs = votingRoundStartMs(network.schedule, votingRoundId + 1)

function calldataWith(byte: string): Hex {
  const payload = concatHex(['0x01', '0x1b', `0x${byte.repeat(32)}`, `0x${'11'.repeat(32)}`])
  return submissionCalldata('submitSignatures', [{ protocolId: 100, votingRoundId, payload }])
}

let journal: Journal
let nowMs = 0
let sent: { readonly raw: Hex; readonly from: Address }[] = []
let receipts: Receipt[] = []
let signs: typeof sender.signTransaction
/** How many calls of ours are on chain; nobody can tell if it is absent. */
let count: number | undefined
beforeEach(() => {
  journal = openJournal(inMemory, { chainId: network.chainId, signers: [sender.address] })
  // What the calldata below is the signature of.
  const name = { protocolId: 100, votingRoundId, rewardEpochId: 1 }
  const by = { signer: lowerCase(sender.address), sender: lowerCase(sender.address) }
  journal.bindRoot({ ...name, ...by, message: `0x${'38'.repeat(38)}` }, 1)
  const signature = { r: `0x${'ab'.repeat(32)}`, s: `0x${'11'.repeat(32)}`, v: 27 } as const
  journal.noteRootSigned(name, { form: 'chain-bound', signature }, 1)
  nowMs = startOfNextMs + 46_000
  sent = []
  receipts = []
  signs = sender.signTransaction
  count = 3
})

function world(): Hunt {
  const absent = () => Promise.reject(new Error('Nobody asks for this here.'))
  return {
    chain: {
      head: absent,
      pendingCount: absent,
      balanceWei: absent,
      callsBy: absent,
      refreshEpochs: absent,
      feedsOf: () => ({ rewardEpochId: 1, feeds: [] }),
      latestCount: async () => count ?? absent(),
      receiptsOf: async () => receipts,
      send: async (raw, from) => {
        sent.push({ raw, from })
        return { kind: 'accepted' }
      },
    },
    journal,
    network,
    breaker: breakerOf({ steadyMs: () => nowMs, roundMs: 90_000, log: () => undefined }),
    pace: paceOf(network.schedule),
    nowMs: () => nowMs,
    sleep: () => new Promise(() => undefined),
    log: () => undefined,
  }
}

function aQuarry(differing: Partial<Quarry> = {}): Quarry {
  const head = { number: 1, timestampSec: nowMs / 1_000, baseFeeWei: 500_000_000_000n }
  return {
    call,
    key: {
      role: 'submitSignatures',
      address: sender.address,
      signer: { ...sender, signTransaction: (...args) => signs(...args) },
    },
    compose: () => ({ calldata: calldataWith('ab') }),
    policy: defaultFeePolicy,
    moment: () => ({ wallMs: nowMs, isClockTrusted: true, head, sinceHeadMs: 0 }),
    maySend: () => true,
    ...differing,
  }
}

function transactions() {
  // They have just been signed as type 2.
  return sent.map(({ raw }) => parseTransaction(raw as `0x02${string}`))
}

test('signatures are sent by their own key, bound by their calldata, with a limit of gas to suit', async () => {
  await pursue(world(), aQuarry())
  expect(sent.map(({ from }) => from)).toEqual([sender.address])
  const [transaction] = transactions()
  const gas = gasLimitOf(4 + 7 + 66)
  expect(transaction).toMatchObject({ nonce: 3, data: calldataWith('ab'), gas })
  const name = { signer: sender.address, kind: 'sigtx', protocolId: 100, votingRoundId } as const
  expect(journal.signingOf(name)).toEqual({ digest: keccak256(calldataWith('ab')), state: 'sent' })
})

test('what it said first is said for ever, whatever is composed later', async () => {
  await pursue(world(), aQuarry())
  nowMs += 5_000
  await pursue(world(), aQuarry({ compose: () => ({ calldata: calldataWith('cd') }) }))
  expect(transactions().map(({ data, nonce }) => ({ data, nonce }))).toEqual([
    { data: calldataWith('ab'), nonce: 3 },
    { data: calldataWith('ab'), nonce: 3 },
  ])
  expect(journal.attempts(call)).toHaveLength(2)
})

test('a person’s refusal is noted, and the person not asked again', async () => {
  let asked = 0
  signs = () => {
    asked += 1
    return Promise.reject(new SigningError('signing-denied', 'Refused on the device.'))
  }
  await expect(pursue(world(), aQuarry())).rejects.toMatchObject({ code: 'signing-denied' })
  expect(journal.isDenied(call)).toBe(true)
  await pursue(world(), aQuarry())
  expect([asked, sent]).toEqual([1, []])
})

test('a signature that was lost on the way is asked for again, of the same calldata', async () => {
  signs = () => Promise.reject(new SigningError('signing-unknown', 'The device is gone.'))
  await expect(pursue(world(), aQuarry())).rejects.toMatchObject({ code: 'signing-unknown' })
  const name = { signer: sender.address, kind: 'sigtx', protocolId: 100, votingRoundId } as const
  expect(journal.signingOf(name)?.state).toBe('unknown')
  signs = sender.signTransaction
  await pursue(world(), aQuarry({ compose: () => ({ calldata: calldataWith('cd') }) }))
  expect(transactions()[0]?.data).toBe(calldataWith('ab'))
})

test('calldata that may not be sent is not even claimed', async () => {
  const compose = () => ({ calldata: submissionCalldata('submit1', [aFrame]) })
  await expect(pursue(world(), aQuarry({ compose }))).rejects.toMatchObject({
    code: 'call-refused',
  })
  expect(journal.calldataOf(call)).toBeUndefined()
  expect(sent).toEqual([])
})

const aFrame = { protocolId: 100, votingRoundId, payload: keccak256('0x01') } as const

test('a window that closes while it is signed lets nothing out', async () => {
  let mayStill = true
  signs = async (...args) => {
    mayStill = false
    return sender.signTransaction(...args)
  }
  await pursue(world(), aQuarry({ maySend: () => mayStill }))
  expect([sent, journal.attempts(call)]).toEqual([[], []])
})

test('after calls that took more gas than the rule says, the next may take more', async () => {
  const other: OwnCall = { ...call, votingRoundId: votingRoundId - 1 }
  const calldata = calldataWith('ee')
  journal.claimNonce({ ...other, nonce: 2, calldata, digests: [], atMs: 1 }, () => false)
  journal.settle({
    ...other,
    status: 'confirmed',
    atMs: 2,
    landed: { nonce: 2, gasUsed: 60_000, feeWei: 7n },
    report: reportOf({ chainId: 14, call: other, status: 'confirmed', atMs: 2, attempts: 1 }),
  })
  await pursue(world(), aQuarry())
  expect(transactions()[0]?.gas).toBe(90_000n)
  // What it cost counts against the day, with the open call at its worst.
  const [attempt] = journal.attempts(call)
  expect(journal.spentSince(0)).toBe(7n + 90_000n * (attempt?.fees.maxFeePerGas ?? 0n))
  expect(journal.spentSince(nowMs + 1)).toBe(0n)
})

test('of two that landed the one in the window of signatures counts', async () => {
  await pursue(world(), aQuarry())
  nowMs += 5_000
  await pursue(world(), aQuarry())
  const [first, second] = journal.attempts(call)
  const deadlineSec = startOfNextMs / 1_000 + 45
  const receipt = { gasUsed: 1, feeWei: 1n, hasReverted: false }
  receipts = [
    { ...receipt, txHash: first?.txHash ?? '0x', blockNumber: 8, timestampSec: deadlineSec - 1 },
    { ...receipt, txHash: second?.txHash ?? '0x', blockNumber: 9, timestampSec: deadlineSec },
  ]
  expect((await landedOf(world(), call))?.attempt.txHash).toBe(second?.txHash)
})

test('that one node shows on chain is signed at one more nonce, and at no third', async () => {
  await pursue(world(), aQuarry())
  const [first] = journal.attempts(call)
  const shown = { gasUsed: 1, feeWei: 1n, hasReverted: false, txHash: first?.txHash ?? '0x' }
  // Half of the nodes show it, so that it is not settled; and more and more calls are counted.
  receipts = [{ ...shown, blockNumber: 8, timestampSec: startOfNextMs / 1_000 + 47 }]
  for (count = 4; count < 8; count += 1) {
    nowMs += 5_000
    await pursue(world(), aQuarry())
  }
  expect(transactions().map(({ nonce }) => nonce)).toEqual([3, 4])
  // Without a receipt anywhere it goes where it is free.
  receipts = []
  nowMs += 5_000
  await pursue(world(), aQuarry())
  expect(transactions().at(-1)?.nonce).toBe(8)
})

describe('what a person has signed', () => {
  /** One that is signed at nonce 3, and what the person was told. */
  async function signedByHand(): Promise<{ quarry: () => Quarry; heard: string[] }> {
    const heard: string[] = []
    const quarry = () => {
      const { key, ...others } = aQuarry()
      const signer = {
        ...key.signer,
        reviewing: () => key.signer,
        show: (text: string) => void heard.push(text),
        device: {},
        unready: async () => undefined,
      }
      return { ...others, key: { ...key, signer } }
    }
    await pursue(world(), quarry())
    nowMs += 5_000
    return { quarry, heard }
  }
  const nonces = () => transactions().map(({ nonce }) => nonce)

  test.each([
    { name: 'at a nonce that is free', free: 3 },
    { name: 'above it', free: 2 },
  ])('is sent again as it is $name, whatever it offers', async ({ free }) => {
    const { quarry, heard } = await signedByHand()
    count = free
    await pursue(world(), quarry())
    expect(heard).toEqual([])
    expect(new Set(sent.map(({ raw }) => raw)).size).toBe(1)
    expect(sent).toHaveLength(2)
  })

  test('is asked for anew where its nonce is used and nobody shows it', async () => {
    const { quarry, heard } = await signedByHand()
    count = 4
    await pursue(world(), quarry())
    expect(heard).toEqual([expect.stringContaining('something else has used its nonce (3)')])
    // What was there before goes out once more meanwhile.
    expect(nonces()).toEqual([3, 3, 4])
    expect(new Set(transactions().map(({ data }) => data))).toEqual(new Set([calldataWith('ab')]))
  })

  test('is not asked for anew while a node shows it on chain', async () => {
    const { quarry, heard } = await signedByHand()
    const [first] = journal.attempts(call)
    const shown = { gasUsed: 1, feeWei: 1n, hasReverted: false, txHash: first?.txHash ?? '0x' }
    receipts = [{ ...shown, blockNumber: 8, timestampSec: startOfNextMs / 1_000 + 47 }]
    count = 4
    await pursue(world(), quarry())
    expect(heard).toEqual([])
    expect(nonces()).toEqual([3, 3])
  })
})

test('what it has paid at a nonce beside the one that counted is spent, at the most', async () => {
  for (count = 3; count < 5; count += 1) {
    await pursue(world(), aQuarry())
    nowMs += 5_000
  }
  const [first, second] = journal.attempts(call)
  const worstOf = (attempt = second) => (attempt?.gas ?? 0n) * (attempt?.fees.maxFeePerGas ?? 0n)
  expect(journal.spentSince(0)).toBe(worstOf(first) + worstOf(second))
  const landed = (nonce: number) => ({ nonce, gasUsed: 1, feeWei: 7n })
  journal.settle({ ...call, status: 'confirmed', atMs: nowMs, landed: landed(3) })
  // Nobody knows yet whether the next nonce is used.
  expect(journal.spentSince(0)).toBe(7n)
  const next: OwnCall = { ...call, votingRoundId: votingRoundId + 1 }
  const calldata = calldataWith('cd')
  journal.claimNonce({ ...next, nonce: 5, calldata, digests: [], atMs: nowMs }, () => false)
  journal.settle({ ...next, status: 'confirmed', atMs: nowMs, landed: landed(5) })
  expect(journal.spentSince(0)).toBe(14n + worstOf(second))
})

test('a nonce that another call of ours has landed with is paid once', async () => {
  await pursue(world(), aQuarry())
  journal.settle({ ...call, status: 'failed', atMs: nowMs })
  const next: OwnCall = { ...call, votingRoundId: votingRoundId + 1 }
  const landed = { gasUsed: 1, feeWei: 7n }
  for (const nonce of [3, 4]) {
    const each: OwnCall = { ...next, votingRoundId: next.votingRoundId + nonce }
    const calldata = calldataWith('cd')
    journal.claimNonce({ ...each, nonce, calldata, digests: [], atMs: nowMs }, () => true)
    journal.settle({ ...each, status: 'confirmed', atMs: nowMs, landed: { ...landed, nonce } })
  }
  expect(journal.spentSince(0)).toBe(14n)
})

describe('a reveal that nobody can count for', () => {
  const vote: Vote = {
    votingRoundId,
    submitAddress: sender.address,
    rewardEpochId: 1,
    frozenAtMs: 1,
    random: `0x${'11'.repeat(32)}`,
    feedValues: '0x8000007b',
    commit: `0x${'22'.repeat(32)}`,
  }
  /** At which nonces it is sent, where its commit had 41. */
  const pursuedAfter = async (status: 'confirmed' | 'failed') => {
    journal.prepare(vote, 1)
    const calldata = calldataOf(vote, 'submit1')
    const digests = digestsIn('submit1', calldata)
    const commit: OwnCall = { ...call, kind: 'submit1' }
    journal.claimNonce({ ...commit, nonce: 41, calldata, digests, atMs: 1 }, () => false)
    const landed = { nonce: 41, gasUsed: 1, feeWei: 1n }
    journal.settle({ ...commit, status, atMs: 2, landed })
    count = undefined
    nowMs = startOfNextMs + 20_000
    const { key } = aQuarry()
    const quarry = aQuarry({
      call: { kind: 'submit2', votingRoundId, part: 'main' },
      key: { ...key, role: 'submit' },
      compose: () => ({ calldata: calldataOf(vote, 'submit2') }),
    })
    await pursue(world(), quarry)
    return transactions().map(({ nonce }) => nonce)
  }

  test('takes the nonce after that of its commit, which has landed', async () => {
    expect(await pursuedAfter('confirmed')).toEqual([42])
  })

  test('waits where its commit is not known to have landed', async () => {
    expect(await pursuedAfter('failed')).toEqual([])
  })
})

test('a signature that was not made for the stored root is never sent, nor given a nonce', async () => {
  const odd = aQuarry({ compose: () => ({ calldata: calldataWith('cd') }) })
  await expect(pursue(world(), odd)).rejects.toMatchObject({
    code: 'call-refused',
    message: 'The signature of protocol 100 is not the one of its stored root.',
  })
  expect(journal.calldataOf(call)).toBeUndefined()
  await pursue(world(), aQuarry())
  expect(transactions()).toHaveLength(1)
})
