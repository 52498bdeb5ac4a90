import { parseEther, parseGwei } from 'viem'
import { describe, expect, test } from 'vitest'
import {
  alarmAtWei,
  balanceChore,
  balanceFound,
  dayWords,
  keyWords,
} from '../../../signer-bridge/balance-watch.ts'
import { choresOf } from '../../../signer-bridge/chores.ts'
import { dayCostOf } from '../../../signer-bridge/day-cost.ts'
import { defaultFeePolicy } from '../../../signer-bridge/fees.ts'
import { paceOf } from '../../../signer-bridge/pace.ts'
import { payingKeys } from '../../../signer-bridge/paying-keys.ts'
import type { KeyPlace } from '../../../signer-bridge/key-settings.ts'
import type { Role } from '../../../signer-bridge/roles.ts'
import { networks } from '../../../src/protocol/networks.ts'
import { account } from '../../support/bridge-world.ts'

const { address } = account
const short = `${address.slice(0, 6)}…${address.slice(-4)}`
const network = networks.flare

/** A watch over a balance that changes, and what it has told. */
function aWatch({ role = 'submit' as Role, isLost = false } = {}) {
  const events: Readonly<Record<string, unknown>>[] = []
  const seen: boolean[] = []
  const said = { wei: parseEther('10') }
  const chore = balanceChore(
    {
      chain: {
        balanceWei: async () => said.wei,
        head: async () => {
          if (isLost) throw new Error('No node answers.')
          return { number: 1, timestampSec: 1, baseFeeWei: parseGwei('500') }
        },
      },
      metrics: { balanceSeen: (_, __, isLow) => void seen.push(isLow) },
      network,
      feePolicy: defaultFeePolicy,
      pace: paceOf(network.schedule),
      log: (event) => void events.push(event),
      balanceAlarmWei: parseEther('3'),
      roundNeedWei: (of) => parseEther(of === 'submit' ? '7.035' : '0.9'),
    },
    { role, address },
    () => undefined,
  )
  return { events, seen, said, chore }
}

describe('the watch over a balance', () => {
  test('names the role, the address for a person and in full, and what a day costs; once', async () => {
    const { events, said, chore } = aWatch()
    await chore()
    said.wei = parseEther('7')
    await chore()
    await chore()
    expect(events).toEqual([
      {
        event: 'balance-low',
        key: `submit ${short}`,
        role: 'submit',
        address,
        balance: '7',
        alarm_below: '7.035',
        day_costs: 'a day costs some 1.01 with the subsidy, 84.10 without',
      },
    ])
  })

  test('raises the alarm of a key before a round would be refused for it, and else as set', async () => {
    const ofSubmit = aWatch()
    const ofSignatures = aWatch({ role: 'submitSignatures' })
    for (const { said, chore } of [ofSubmit, ofSignatures]) {
      said.wei = parseEther('7.034')
      await chore()
    }
    expect([ofSubmit.seen, ofSignatures.seen]).toEqual([[true], [false]])
    expect(alarmAtWei(5n, 4n)).toBe(5n)
  })

  test('keeps no alarm back where nobody knows what a day costs, and tells when all is well', async () => {
    const { events, said, chore } = aWatch({ isLost: true })
    said.wei = 0n
    await chore()
    said.wei = parseEther('7.035')
    await chore()
    expect(events.map(({ event }) => event)).toEqual(['balance-low', 'balance-restored'])
    expect(events[0]).not.toHaveProperty('day_costs')
  })

  test('is over each key that pays', async () => {
    const payers = (['submit', 'submitSignatures', 'executor'] as const).map((role) => ({
      role,
      address,
    }))
    const seen: string[] = []
    const none = () => undefined
    // Chores take a whole world, of which these use no more than this.
    const world = {
      payers,
      network,
      companions: [],
      feePolicy: defaultFeePolicy,
      balanceAlarmWei: 1n,
      pace: paceOf(network.schedule),
      journal: { gasMeasured: none },
      log: none,
      metrics: { balanceSeen: ({ role }: { readonly role: string }) => void seen.push(role) },
      chain: { balanceWei: async () => 1n },
    } as unknown as Parameters<typeof choresOf>[0]
    for (const chore of choresOf(world, none)) await chore().catch(none)
    expect(seen).toEqual(['submit', 'submitSignatures', 'executor'])
  })
})

describe('the keys that pay by themselves', () => {
  const here: KeyPlace = { kind: 'env', variable: 'KEY' }
  const onLedger: KeyPlace = {
    kind: 'ledger',
    ledger: { path: "44'/60'/0'/0/0", armed_by_hand: false },
  }
  const aKey = (role: Role, place: KeyPlace, number: number) =>
    ({ role, place, fromRewardEpoch: 0, address: `0x${String(number).repeat(40)}` }) as const
  const usual = [
    aKey('identity', here, 1),
    aKey('submit', here, 2),
    aKey('submitSignatures', here, 3),
    aKey('signingPolicy', here, 4),
  ]
  const executor = aKey('executor', here, 5)
  const senders = ['submit', 'submitSignatures']

  test.each([
    { relay: 'off', register: 'off', keys: [...usual, executor], pay: senders },
    {
      relay: 'when-selected',
      register: 'off',
      keys: usual,
      pay: [...senders, 'signingPolicy'],
    },
    {
      relay: 'off',
      register: 'automatic',
      keys: [...usual, executor],
      pay: [...senders, 'executor registers'],
    },
    {
      relay: 'off',
      register: 'automatic',
      keys: usual,
      pay: [...senders, 'signingPolicy registers'],
    },
    {
      relay: 'off',
      register: 'automatic',
      keys: [...usual, aKey('executor', onLedger, 5)],
      pay: [...senders, 'signingPolicy registers'],
    },
    {
      relay: 'when-selected',
      register: 'automatic',
      keys: [...usual, executor],
      pay: [...senders, 'signingPolicy', 'executor registers'],
    },
    // Nobody pays for a registration there.
    {
      relay: 'when-selected',
      register: 'automatic',
      keys: usual,
      pay: [...senders, 'signingPolicy'],
    },
  ] as const)('relay $relay, register $register: $pay', ({ keys, pay, ...settings }) => {
    const paying = payingKeys({ ...settings, keys })
    expect(paying.map(({ role, registers }) => (registers ? `${role} registers` : role))).toEqual(
      pay,
    )
  })
})

describe('what a doctor says of a balance', () => {
  const day = { subsidisedWei: parseEther('1.008'), fullWei: parseEther('84.1') }
  const facts = {
    wei: parseEther('10'),
    needWei: parseEther('1.674'),
    balanceAlarmWei: parseEther('3'),
    day,
  } as const

  test('has what a round may need and what a day costs', () => {
    const words = '; a round may need 1.674; a day costs some 1.01 with the subsidy, 84.10 without'
    expect(balanceFound(facts)).toBe(`10${words}`)
    expect(balanceFound({ ...facts, wei: parseEther('2') })).toEqual({ note: `2${words}; low` })
    expect(() => balanceFound({ ...facts, wei: parseEther('1.673') })).toThrow(`1.673${words}`)
  })

  test('of a key that no round waits for is bad only where there is nothing', () => {
    const others = { ...facts, needWei: 0n }
    expect(balanceFound({ ...others, wei: parseEther('3') })).not.toContain('a round may need')
    expect(balanceFound({ ...others, wei: 1n })).toHaveProperty('note')
    expect(() => balanceFound({ ...others, wei: 0n })).toThrow()
  })

  test('names a key by its role and enough of its address', () => {
    expect(keyWords('submit', address)).toBe(`submit ${short}`)
  })
})

describe('a day', () => {
  const of = (name: keyof typeof networks, role: Role, gwei = '500') =>
    dayCostOf(networks[name], role, parseGwei(gwei), defaultFeePolicy)

  test('has 960 rounds of 21 000 gas a call at the nominal price, with the subsidy', () => {
    expect(of('flare', 'submit')?.subsidisedWei).toBe(parseEther('1.008'))
    expect(of('flare', 'submitSignatures')?.subsidisedWei).toBe(parseEther('0.504'))
    expect(of('songbird', 'submit')?.subsidisedWei).toBe(parseEther('9.072'))
  })

  test('without it costs base fee and tip, and never more than the ceiling', () => {
    // 58 400 gas a round at 500 gwei and a tip of 1 000.
    expect(of('flare', 'submit')?.fullWei).toBe(58_400n * parseGwei('1500') * 960n)
    expect(of('flare', 'submit', '90000')?.fullWei).toBe(58_400n * parseGwei('20000') * 960n)
  })

  test('on a chain without a known subsidy costs what it costs, and of other roles nothing is known', () => {
    const local = of('local', 'submit')
    expect(local).not.toHaveProperty('subsidisedWei')
    expect(local && dayWords(local)).toBe('a day costs some 84.10')
    expect(of('flare', 'signingPolicy')).toBeUndefined()
  })
})
