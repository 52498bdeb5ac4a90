import { type Address, ContractFunctionExecutionError, ContractFunctionZeroDataError } from 'viem'
import { describe, expect, test } from 'vitest'
import {
  type Registered,
  registeredIn,
  registrationRefusal,
} from '../../../signer-bridge/chain/registered.ts'
import { balanceChecks } from '../../../signer-bridge/doctor.ts'
import type { Node } from '../../../signer-bridge/chain/nodes.ts'
import { defaultFeePolicy } from '../../../signer-bridge/fees.ts'
import { type Finding, findingsOf, findingsText, isReady } from '../../../signer-bridge/findings.ts'
import type { Settings } from '../../../signer-bridge/settings.ts'
import { networks } from '../../../src/protocol/networks.ts'
import { type NodeCheckDeps, nodeCheck, nodeName } from '../../../signer-bridge/node-check.ts'

const deadline = { what: 'commit of round 7', atMs: 12_340 }

describe('the verdict', () => {
  const text = (...kinds: readonly Finding['kind'][]) =>
    findingsText(
      kinds.map((kind, place) => ({ name: `check ${place}`, kind, what: 'found' })),
      deadline,
      0,
    ).split('\n')

  test('comes last, with the next deadline and the seconds that are left', () => {
    expect(text('well', 'well')).toEqual([
      'ok    check 0: found',
      'ok    check 1: found',
      'Ready.',
      'The next deadline is that of the commit of round 7, in 12.3 s.',
    ])
  })

  test('names what stands against it, and counts it', () => {
    expect(text('bad').at(-2)).toBe('Not ready: 1 thing is wrong: check 0.')
    expect(text('bad', 'well', 'bad').at(-2)).toBe(
      'Not ready: 2 things are wrong: check 0, check 2.',
    )
  })

  test('is not changed by a note', () => {
    expect(text('note').at(-2)).toBe('Ready.')
    expect(isReady([{ name: 'x', kind: 'note', what: '' }])).toBe(true)
    expect(isReady([{ name: 'x', kind: 'bad', what: '' }])).toBe(false)
  })
})

describe('a check', () => {
  test('that fails is bad and keeps no other from being made', async () => {
    const findings = await findingsOf([
      { name: 'one', look: () => Promise.reject(new Error('It is gone.')) },
      { name: 'two', look: () => Promise.resolve({ note: 'it is low' }) },
      { name: 'three', look: () => Promise.resolve('fine') },
    ])
    expect(findings).toEqual([
      { name: 'one', kind: 'bad', what: 'It is gone.' },
      { name: 'two', kind: 'note', what: 'it is low' },
      { name: 'three', kind: 'well', what: 'fine' },
    ])
  })

  test("never shows a node's whole address", async () => {
    const error = Object.assign(new Error('URL: https://rpc.example/s3cret'), {
      shortMessage: 'HTTP request failed.',
    })
    const [finding] = await findingsOf([{ name: 'x', look: () => Promise.reject(error) }])
    expect(finding?.what).toBe('HTTP request failed.')
    const name = nodeName('https://me:s3cret@rpc.example:8443/s3cret?key=s3cret', 1)
    expect(name).toBe('node 2 (rpc.example:8443)')
  })
})

describe('a node', () => {
  const node = { url: 'http://node.example' }
  const deps = (differing: Partial<NodeCheckDeps> = {}): NodeCheckDeps => ({
    batch: () => Promise.resolve(['0x13', { number: '0x64', timestamp: '0x3e8' }]),
    headStampSec: () => Promise.resolve(1_000),
    chainId: 19,
    maxHeadAgeMs: 15_000,
    nowMs: () => 1_002_500,
    ...differing,
  })

  test('is well if it answers in batches, of our chain, with a fresh block', async () => {
    expect(await nodeCheck(node, deps())).toBe('block 100, 2.5 s old, takes batches')
  })

  test('that is behind is noted; exactly as old as allowed is fresh', async () => {
    expect(await nodeCheck(node, deps({ nowMs: () => 1_015_000 }))).toContain('takes batches')
    expect(await nodeCheck(node, deps({ nowMs: () => 1_015_001 }))).toEqual({
      note: 'block 100, 15.0 s old: it is behind',
    })
  })

  test('that takes no batches is noted', async () => {
    const batch = () => Promise.reject(new Error('no batches'))
    expect(await nodeCheck(node, deps({ batch }))).toEqual({
      note: expect.stringContaining('takes no batches'),
    })
  })

  test.each([
    {
      name: 'that does not answer at all',
      differing: {
        batch: () => Promise.reject(new Error('s3cret')),
        headStampSec: () => Promise.reject(new Error('s3cret')),
      },
      says: { code: 'chain-unreachable', message: 'It does not answer.' },
    },
    {
      name: 'of another chain',
      differing: { chainId: 14 },
      says: { code: 'chain-differs', message: 'It is of chain 19, the settings say 14.' },
    },
    {
      name: 'that talks nonsense',
      differing: { batch: () => Promise.resolve([19, null]) },
      says: { code: 'chain-unreachable', message: 'It says what no node does.' },
    },
  ])('$name is bad', async ({ differing, says }) => {
    await expect(nodeCheck(node, deps(differing))).rejects.toMatchObject(says)
  })
})

describe('balances', () => {
  const key = (role: Settings['keys'][number]['role'], letter: string) => ({
    role,
    address: `0x${letter.repeat(40)}` as const,
    fromRewardEpoch: 0,
    place: { kind: 'env', variable: 'KEY' } as const,
  })
  const keys = [key('submit', 'a'), key('submitSignatures', 'b'), key('signingPolicy', 'c')]
  /** What the checks found where every key has so much, by their names. */
  const found = async (differing: Pick<Settings, 'keys' | 'relay'>, wei: bigint) => {
    // As much of the settings and of a node as balances go by.
    const settings = {
      network: networks.flare,
      feePolicy: defaultFeePolicy,
      balanceAlarmWei: 3n,
      companions: [],
      register: 'automatic',
      ...differing,
    } as unknown as Settings
    const node = { getBalance: async () => wei } as unknown as Node
    const nodes = { ask: async (question: (asked: Node) => unknown) => question(node) }
    const checks = balanceChecks(settings, nodes as Parameters<typeof balanceChecks>[1])
    return (await findingsOf(checks)).slice(2)
  }

  test('are those of who pays for registrations too, and say so', async () => {
    const executor = key('executor', 'd')
    const name = 'balance of executor 0xdddd…dddd, which pays for registrations'
    const paid = await found({ keys: [...keys, executor], relay: 'off' }, 10n ** 19n)
    expect(paid).toEqual([{ name, kind: 'well', what: '10' }])
    const empty = await found({ keys: [...keys, executor], relay: 'off' }, 0n)
    expect(empty).toMatchObject([{ name, kind: 'bad' }])
    const alone = await found({ keys, relay: 'off' }, 2n)
    expect(alone).toMatchObject([
      { name: expect.stringContaining('signingPolicy 0xcccc…cccc, which pays'), kind: 'note' },
    ])
  })

  test('of nobody are bad where registrations are to be paid for', async () => {
    expect((await found({ keys, relay: 'when-selected' }, 10n ** 19n)).at(-1)).toEqual({
      name: 'registrations',
      kind: 'bad',
      what: 'No key pays for them: it takes one of executor, or of signingPolicy without relay, that is not on a Ledger.',
    })
  })
})

describe('registration', () => {
  const address = (letter: string): Address => `0x${letter.repeat(40)}`
  const registered: Registered = {
    rewardEpochId: 5,
    addresses: {
      identity: [address('1'), address('2')],
      submit: [address('a'), address('b')],
      submitSignatures: [address('c'), address('d')],
      signingPolicy: [address('e'), address('f')],
    },
  }
  type Key = Parameters<typeof registrationRefusal>[0][number]
  const key = (role: Key['role'], letter: string, fromRewardEpoch = 0): Key => ({
    role,
    address: address(letter),
    fromRewardEpoch,
  })

  test('is well if each key has its role, and all are those of one voter', () => {
    const keys = [
      key('submit', 'b'),
      key('submitSignatures', 'd'),
      key('signingPolicy', 'f'),
      key('identity', '2'),
    ]
    expect(registrationRefusal(keys, registered)).toBeUndefined()
  })

  test('is refused to a key that nobody has registered in its role', () => {
    const refusal = registrationRefusal([key('submit', 'c')], registered)
    expect(refusal).toBe(`No voter of reward epoch 5 has registered ${address('c')} as submit.`)
  })

  test('is refused to keys of different voters', () => {
    const refusal = registrationRefusal(
      [key('submit', 'a'), key('submitSignatures', 'd')],
      registered,
    )
    expect(refusal).toBe('The keys are those of 2 different voters of reward epoch 5.')
  })

  test('is that of the key which speaks now: neither of one before nor of one to come', () => {
    const keys = [key('submit', '9'), key('submit', 'a', 5), key('submit', '8', 6)]
    expect(registrationRefusal(keys, registered)).toBeUndefined()
  })

  describe('as the chain tells it', () => {
    const contracts = {
      flareSystemsManager: address('5'),
      relay: address('6'),
      ftsoRewardOffersManager: address('7'),
      voterRegistry: address('8'),
    }
    type Nodes = Parameters<typeof registeredIn>[0]
    const answering = (answer: (functionName: string) => unknown): Nodes => ({
      // As much of a node as is asked here.
      ask: (question) =>
        question({
          readContract: async ({ functionName }: { functionName: string }) => answer(functionName),
        } as unknown as Parameters<typeof question>[0]),
      askAll: () => Promise.reject(new Error('nobody asks all')),
      members: () => [],
      silentMs: () => 0,
    })

    test('is four lists of the present reward epoch', async () => {
      const told = await registeredIn(
        answering((name) => (name === 'getCurrentRewardEpochId' ? 5 : [name])),
        contracts,
      )
      expect(told).toEqual({
        rewardEpochId: 5,
        addresses: {
          identity: ['getRegisteredVoters'],
          submit: ['getRegisteredSubmitAddresses'],
          submitSignatures: ['getRegisteredSubmitSignaturesAddresses'],
          signingPolicy: ['getRegisteredSigningPolicyAddresses'],
        },
      })
    })

    test('is unknown where the contract has no such list, or is not there', async () => {
      const nodes = answering((functionName) => {
        const cause = new ContractFunctionZeroDataError({ functionName })
        throw new ContractFunctionExecutionError(cause, { abi: [], functionName })
      })
      expect(await registeredIn(nodes, contracts)).toBeUndefined()
      const { voterRegistry: _, ...others } = contracts
      expect(
        await registeredIn(
          answering(() => 5),
          others,
        ),
      ).toBeUndefined()
    })

    test('is a failure where nobody answers', async () => {
      const nodes = answering(() => {
        throw new Error('gone')
      })
      await expect(registeredIn(nodes, contracts)).rejects.toThrow('gone')
    })
  })
})
