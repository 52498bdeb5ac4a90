import { type Hex, keccak256, parseTransaction } from 'viem'
import { afterEach, describe, expect, test } from 'vitest'
import type { SendOutcome } from '../../../signer-bridge/chain/chain.ts'
import { defaultFeePolicy } from '../../../signer-bridge/fees.ts'
import { callBook } from '../../../signer-bridge/journal/calls.ts'
import { type Database, inMemory, openDatabase } from '../../../signer-bridge/journal/database.ts'
import { migrate } from '../../../signer-bridge/journal/migrate.ts'
import { relayBook } from '../../../signer-bridge/journal/relays.ts'
import { rootBook } from '../../../signer-bridge/journal/roots.ts'
import { keyringOf } from '../../../signer-bridge/keyring.ts'
import { relayerOf } from '../../../signer-bridge/relay/relayer.ts'
import { signRelay } from '../../../signer-bridge/relay/sign-relay.ts'
import type { RoleKey } from '../../../signer-bridge/roles.ts'
import type { DigestForm } from '../../../src/protocol/digests.ts'
import { votingRoundStartMs } from '../../../src/protocol/epoch.ts'
import { networks } from '../../../src/protocol/networks.ts'
import { readRelayCalldata, relayCalldata } from '../../../src/protocol/relay-calldata.ts'
import {
  aFinalisation,
  anEpoch,
  aPeerCall,
  aResult,
  ObservedRounds,
} from '../../support/observed-rounds.ts'
import { addressOf, aVoter, signed } from '../../support/policy-signers.ts'

const network = networks.flare
const { chainId } = network
const relay: Hex = `0x${'5a'.repeat(20)}`
const round = 1_000
const ours = aResult(round)

const opened: Database[] = []
afterEach(() => {
  for (const database of opened.splice(0)) database.close()
})

const key: RoleKey = { role: 'signingPolicy', address: aVoter(1).address, signer: aVoter(1) }

/** We have nearly all of the weight, so that we are drawn in every round; alone we are not enough. */
async function aWorld(form: DigestForm = 'chain-bound') {
  const database = openDatabase(inMemory, migrate)
  opened.push(database)
  const journal = { ...rootBook(database), ...relayBook(database), ...callBook(database) }
  const rounds = new ObservedRounds()
  const epoch = anEpoch([1_000, 10])
  rounds.epoch = { ...epoch, policy: { ...epoch.policy, threshold: 1_005 } }
  rounds.outcomes.set(round, ours)
  const sent: Hex[] = []
  const diary: string[] = []
  const state = {
    count: 7,
    nowMs: votingRoundStartMs(network.schedule, round + 1) + 47_000,
    outcome: { kind: 'accepted' } as SendOutcome,
    dailyBudgetWei: 10n ** 21n,
    /** What each transaction that is on chain has cost. */
    costs: new Map<Hex, bigint>(),
    refusesReceipts: false,
  }
  const world = {
    nowMs: () => state.nowMs,
    moment: () => {
      const head = { number: 1, timestampSec: state.nowMs / 1_000, baseFeeWei: 500n * 10n ** 9n }
      return { wallMs: state.nowMs, isClockTrusted: true, head, sinceHeadMs: 0 }
    },
    network,
    observer: rounds.port(),
    journal,
    keyring: keyringOf([{ ...key, fromRewardEpoch: 0 }]),
    chain: {
      latestCount: () => Promise.resolve(state.count),
      receiptsOf: (hashes: readonly Hex[]) =>
        state.refusesReceipts
          ? Promise.reject(new Error('no receipts'))
          : Promise.resolve(
              hashes.flatMap((txHash) => {
                const feeWei = state.costs.get(txHash)
                const place = { blockNumber: 1, timestampSec: 1, gasUsed: 1, hasReverted: false }
                return feeWei === undefined ? [] : [{ txHash, feeWei, ...place }]
              }),
            ),
      send: (raw: Hex) => {
        sent.push(raw)
        return Promise.resolve(state.outcome)
      },
    },
    relay: () => relay,
    feePolicy: defaultFeePolicy,
    get dailyBudgetWei() {
      return state.dailyBudgetWei
    },
    log: ({ event, reason }: Readonly<Record<string, unknown>>) =>
      void diary.push([event, reason].filter(Boolean).join(' ')),
  }
  const sign = async (votingRoundId: number) => {
    const { message } = aResult(votingRoundId)
    const name = { protocolId: 100, votingRoundId }
    const keys = { signer: addressOf(1), sender: addressOf(101) }
    journal.bindRoot({ ...name, ...keys, rewardEpochId: 309, message }, 1)
    const signature = await signed(1, message, { form, chainId })
    journal.noteRootSigned(name, { form, signature }, 2)
  }
  const hear = async (votingRoundId: number, voter: number) => {
    const call = await aPeerCall(voter, aResult(votingRoundId).message, { form, chainId })
    rounds.peers.set(votingRoundId, [...(rounds.peers.get(votingRoundId) ?? []), call])
  }
  await sign(round)
  return { world, rounds, journal, sent, diary, state, sign, hear, relayer: relayerOf(world) }
}

describe('the relayer', () => {
  test('waits until there is enough, and makes the round final once', async () => {
    const { relayer, rounds, sent, diary, hear, journal } = await aWorld()
    expect(await relayer.advance(round)).toBe(true)
    expect(sent).toEqual([])

    await hear(round, 2)
    expect(await relayer.advance(round)).toBe(true)
    expect(await relayer.advance(round)).toBe(false)
    expect(diary).toEqual(['round-relayed'])
    expect(sent).toHaveLength(1)
    const transaction = parseTransaction(sent[0] ?? '0x')
    expect(transaction).toMatchObject({ type: 'eip1559', chainId, nonce: 7, to: relay })
    expect(transaction.value).toBeUndefined()
    const call = readRelayCalldata(transaction.data ?? '0x')
    expect(call).toMatchObject({
      policyBytes: rounds.epoch?.policyBytes,
      message: ours.message,
      randomProof: { random: `0x${'7'.padStart(64, '0')}`, proof: ours.randomProof },
    })
    expect(call?.signatures.map(({ index }) => index)).toEqual([0, 1])
    expect(journal.relayOf(round)?.calldata).toBe(transaction.data)
  })

  test('gives the Relay from before no random', async () => {
    const { relayer, sent, hear } = await aWorld('legacy')
    await hear(round, 2)
    await relayer.advance(round)
    const { data = '0x' } = parseTransaction(sent[0] ?? '0x')
    expect(readRelayCalldata(data)).toMatchObject({ message: ours.message })
    expect(readRelayCalldata(data)?.randomProof).toBeUndefined()
  })

  test('sends nothing while one node alone tells of the round as final: it would be paid for twice', async () => {
    const { relayer, rounds, hear, sent } = await aWorld()
    await hear(round, 2)
    rounds.heard.set(round, aFinalisation(ours.message))
    expect(await relayer.advance(round)).toBe(false)
    rounds.heard.clear()
    await relayer.advance(round)
    expect(sent).toHaveLength(1)
  })

  test('sends nothing for a round that is final, or whose result has changed', async () => {
    const one = await aWorld()
    await one.hear(round, 2)
    one.rounds.finalise(ours.message)
    expect(await one.relayer.advance(round)).toBe(false)

    const two = await aWorld()
    await two.hear(round, 2)
    two.rounds.outcomes.set(round, aResult(round, 9))
    await two.relayer.advance(round)
    expect([...one.sent, ...two.sent]).toEqual([])
  })

  test('after a restart sends no second one', async () => {
    const { world, relayer, sent, hear } = await aWorld()
    await hear(round, 2)
    await relayer.advance(round)
    expect(await relayerOf(world).advance(round)).toBe(false)
    expect(sent).toHaveLength(1)
  })

  test('that died before it signed says the same as before', async () => {
    const { world, journal, sent, hear } = await aWorld()
    await hear(round, 2)
    const dying = { ...world.chain, latestCount: () => Promise.reject(new Error('Dead.')) }
    await expect(relayerOf({ ...world, chain: dying }).advance(round)).rejects.toThrow('Dead.')
    const { message } = ours
    const signatures = [{ index: 0, signature: await signed(1, message, { chainId }) }]
    const fixed = relayCalldata({ policyBytes: anEpoch([1]).policyBytes, message, signatures })
    journal.bindRelay({ votingRoundId: round, signer: addressOf(1), calldata: fixed }, 1)
    await relayerOf(world).advance(round)
    expect(parseTransaction(sent[0] ?? '0x').data).toBe(fixed)
  })

  test('outbids a relay of an earlier round that waits at its nonce', async () => {
    const { relayer, rounds, sent, state, hear, sign } = await aWorld()
    await hear(round, 2)
    await relayer.advance(round)
    state.nowMs += 90_000
    rounds.outcomes.set(round + 1, aResult(round + 1))
    await sign(round + 1)
    await hear(round + 1, 2)
    await relayer.advance(round + 1)
    const [before, after] = sent.map((raw) => parseTransaction(raw))
    expect(after?.nonce).toBe(before?.nonce)
    expect(Number(after?.maxFeePerGas)).toBeGreaterThanOrEqual(Number(before?.maxFeePerGas) * 1.125)
  })

  test('outbids nothing that no node took, and counts one nonce against the budget once', async () => {
    const { relayer, rounds, sent, state, hear, sign, journal } = await aWorld()
    state.outcome = { kind: 'refused', reason: 'no funds' }
    for (const next of [round, round + 1, round + 2]) {
      rounds.outcomes.set(next, aResult(next))
      if (next !== round) await sign(next)
      await hear(next, 2)
      await relayer.advance(next)
      state.nowMs += 90_000
    }
    const transactions = sent.map((raw) => parseTransaction(raw))
    const [first] = transactions
    const fees = transactions.map(({ maxFeePerGas }) => maxFeePerGas)
    expect(fees).toEqual([first?.maxFeePerGas, first?.maxFeePerGas, first?.maxFeePerGas])
    const [worst] = journal.relayAttempts(round)
    expect(journal.relaysSpentSince(0)).toBe((worst?.gas ?? 0n) * (worst?.fees.maxFeePerGas ?? 0n))
  })

  test('counts at its worst until its receipt is there, and then by that', async () => {
    const { relayer, rounds, sent, state, hear, sign, journal } = await aWorld()
    await hear(round, 2)
    await relayer.advance(round)
    const hash = keccak256(sent[0] ?? '0x')
    const [first] = journal.relayAttempts(round)
    const worst = (first?.gas ?? 0n) * (first?.fees.maxFeePerGas ?? 0n)
    expect([first?.txHash, journal.relaysSpentSince(0)]).toEqual([hash, worst])

    // Another one outbids it at its nonce, and the first has landed all the same.
    state.nowMs += 90_000
    rounds.outcomes.set(round + 1, aResult(round + 1))
    await sign(round + 1)
    await hear(round + 1, 2)
    await relayer.advance(round + 1)
    expect(sent).toHaveLength(2)
    state.costs.set(hash, 5n)
    state.nowMs += 50_000
    await relayer.advance(round + 2)
    expect(journal.relaysSpentSince(0)).toBe(5n)
    expect(journal.relaysSpentSince(state.nowMs)).toBe(0n)
  })

  test('whose receipts no node gives counts at its worst, and they are asked for again a round later', async () => {
    const { relayer, sent, state, hear, journal, diary } = await aWorld()
    await hear(round, 2)
    await relayer.advance(round)
    const worst = journal.relaysSpentSince(0)
    state.costs.set(keccak256(sent[0] ?? '0x'), 5n)
    state.refusesReceipts = true
    state.nowMs += 50_000
    await relayer.advance(round + 1)
    expect([journal.relaysSpentSince(0), diary.at(-1)]).toEqual([
      worst,
      'relay-cost-unknown Error: no receipts',
    ])
    state.refusesReceipts = false
    await relayer.advance(round + 1)
    expect(journal.relaysSpentSince(0)).toBe(worst)
    state.nowMs += 90_000
    await relayer.advance(round + 2)
    expect(journal.relaysSpentSince(0)).toBe(5n)
  })

  test('stops when calls have spent the day’s budget', async () => {
    const { world, sent, diary, state, hear, journal } = await aWorld()
    await hear(round, 2)
    state.dailyBudgetWei = 100n * 10n ** 18n
    const costly = { ...journal, spentSince: () => state.dailyBudgetWei }
    await relayerOf({ ...world, journal: costly }).advance(round)
    expect([sent, diary]).toEqual([[], ['relay-refused daily-budget']])
    await relayerOf(world).advance(round)
    expect(sent).toHaveLength(1)
  })

  test('stops when the day’s budget is spent', async () => {
    const { relayer, sent, diary, state, hear } = await aWorld()
    state.dailyBudgetWei = 10n ** 17n
    await hear(round, 2)
    await relayer.advance(round)
    expect(sent).toEqual([])
    expect(diary).toEqual(['relay-refused daily-budget'])
  })

  test('tells what no node takes', async () => {
    const { relayer, diary, state, hear } = await aWorld()
    state.outcome = { kind: 'refused', reason: 'no funds' }
    await hear(round, 2)
    await relayer.advance(round)
    expect(diary).toEqual(['relay-not-taken'])
  })
})

describe('signRelay', () => {
  const calldata = relayCalldata({
    policyBytes: anEpoch([1]).policyBytes,
    message: ours.message,
    signatures: [],
  })
  const asked = {
    chainId,
    votingRoundId: round,
    relay,
    nonce: 0,
    calldata,
    gas: 300_000n,
    fees: { maxFeePerGas: 5n, maxPriorityFeePerGas: 1n },
  }
  const refused = expect.objectContaining({ code: 'call-refused' })

  test('signs what relays the round', async () => {
    const { raw, txHash } = await signRelay(key, asked)
    expect(parseTransaction(raw)).toMatchObject({ to: relay, data: calldata, gas: 300_000n })
    expect(txHash).toHaveLength(66)
  })

  test.each([
    { name: 'a key of another role', who: { ...key, role: 'submit' as const }, what: asked },
    { name: 'another round', who: key, what: { ...asked, votingRoundId: round + 1 } },
    { name: 'another call', who: key, what: { ...asked, calldata: '0x6c532fae' as const } },
  ])('refuses $name', async ({ who, what }) => {
    await expect(signRelay(who, what)).rejects.toEqual(refused)
  })

  test('throws away what another key signed, or another transaction', async () => {
    await expect(signRelay({ ...key, address: aVoter(2).address }, asked)).rejects.toEqual(
      expect.objectContaining({ code: 'signer-differs' }),
    )
    const signer = aVoter(1)
    const bent: RoleKey = {
      ...key,
      signer: {
        ...signer,
        signTransaction: (transaction) => signer.signTransaction({ ...transaction, value: 1n }),
      },
    }
    await expect(signRelay(bent, asked)).rejects.toEqual(
      expect.objectContaining({ code: 'transaction-differs' }),
    )
  })
})

describe('a relay in the journal', () => {
  test('is fixed', async () => {
    const { journal } = await aWorld()
    const bound = { votingRoundId: round, signer: addressOf(1), calldata: '0x01' } as const
    journal.bindRelay(bound, 1)
    journal.bindRelay(bound, 2)
    expect(journal.relayOf(round)).toEqual(bound)
    expect(() => journal.bindRelay({ ...bound, calldata: '0x02' }, 3)).toThrow(
      expect.objectContaining({ code: 'digest-conflict' }),
    )
  })

  test('is forgotten after some ten thousand rounds', async () => {
    const { journal } = await aWorld()
    const bound = { votingRoundId: round, signer: addressOf(1), calldata: '0x01' } as const
    journal.bindRelay(bound, 1)
    journal.bindRelay({ ...bound, votingRoundId: round + 10_000 }, 1)
    expect(journal.relayOf(round)).toBeDefined()
    journal.bindRelay({ ...bound, votingRoundId: round + 10_001 }, 1)
    expect(journal.relayOf(round)).toBeUndefined()
  })
})
