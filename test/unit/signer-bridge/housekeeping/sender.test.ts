import type { Address } from 'viem'
import { describe, expect, test } from 'vitest'
import { PassThrough } from 'node:stream'
import { confirmed } from '../../../../signer-bridge/housekeeping/confirm.ts'
import {
  identityOf,
  ownersOf,
  typedAddress,
} from '../../../../signer-bridge/housekeeping/owners.ts'
import { isBridges, sendersFor } from '../../../../signer-bridge/housekeeping/sender.ts'
import type { KeyPlace, KeySettings } from '../../../../signer-bridge/key-settings.ts'
import type { Role } from '../../../../signer-bridge/roles.ts'
import { anAddress } from '../../../support/house-claims.ts'

const here: KeyPlace = { kind: 'env', variable: 'KEY' }
const aKey = (role: Role, number: number, place: KeyPlace = here): KeySettings => ({
  role,
  address: anAddress(number),
  fromRewardEpoch: 0,
  place,
})
const keys = [
  aKey('submit', 1),
  aKey('submitSignatures', 2),
  aKey('signingPolicy', 3),
  aKey('executor', 4),
  aKey('identity', 5),
]

describe('sendersFor', () => {
  const rolesOf = (found: readonly KeySettings[]) => found.map(({ role }) => role)

  test('puts the owner itself first, and never names a key that sends in each round', () => {
    expect(rolesOf(sendersFor(keys, { first: anAddress(3) }))).toEqual([
      'signingPolicy',
      'executor',
      'identity',
    ])
  })

  test('puts an executor before an identity whose rewards these are not', () => {
    expect(rolesOf(sendersFor(keys, { first: anAddress(0xa1) }))[0]).toBe('executor')
    expect(rolesOf(sendersFor(keys, { first: anAddress(5) }))[0]).toBe('identity')
  })

  test('leaves out a key of which only the address is known', () => {
    const cold = keys.with(4, aKey('identity', 5, { kind: 'elsewhere' }))
    expect(rolesOf(sendersFor(cold, { first: anAddress(5) }))).toEqual([
      'executor',
      'signingPolicy',
    ])
  })

  test.each([{ from: anAddress(1) }, { from: anAddress(9) }])(
    'refuses one that the operator names and that may not send: $from',
    ({ from }) => {
      expect(() => sendersFor(keys, { from })).toThrow(
        expect.objectContaining({ code: 'sender-unknown' }),
      )
    },
  )
})

test.each([
  { number: 1, relay: 'off', is: true },
  { number: 2, relay: 'off', is: true },
  { number: 3, relay: 'off', is: false },
  { number: 3, relay: 'when-selected', is: true },
  { number: 4, relay: 'when-selected', is: false },
  { number: 5, relay: 'when-selected', is: false },
] as const)('a running bridge may send from key $number with relay $relay: $is', (asked) => {
  expect(isBridges({ keys, relay: asked.relay }, anAddress(asked.number))).toBe(asked.is)
})

describe('whose rewards', () => {
  const voter = anAddress(0xee)
  const reads = {
    voterOf: (address: Address) => Promise.resolve(address === anAddress(3) ? voter : undefined),
    delegationAddressOf: () => Promise.resolve(anAddress(0xde)),
  }

  test('the identity is that of the settings, else whom the signing-policy key acts for', async () => {
    expect(await identityOf(keys, reads)).toBe(anAddress(5))
    expect(await identityOf(keys.slice(0, 4), reads)).toBe(voter)
    expect(await identityOf(keys.slice(0, 2), reads)).toBeUndefined()
  })

  test('the owners are the identity, its delegation address and the signing-policy keys, each once', async () => {
    const twice = [...keys, aKey('signingPolicy', 3)]
    expect(await ownersOf(twice, reads)).toEqual([
      { owner: anAddress(5), what: 'identity' },
      { owner: anAddress(0xde), what: 'delegation' },
      { owner: anAddress(3), what: 'signing policy' },
    ])
  })

  test.each([
    '0xc4a19715f3dd209f01e84abe65de7c2e9c8b6269',
    '0xC4a19715F3Dd209F01E84ABe65De7c2E9C8b6269',
    '0xc4a1',
    'owner',
  ])('an address is taken with its checksum only: %s', (text) => {
    expect(() => typedAddress(text, '--recipient')).toThrow(
      expect.objectContaining({ code: 'house-refused' }),
    )
  })
})

describe('a yes', () => {
  const asked = async (answer: string) => {
    const input = Object.assign(new PassThrough(), { isTTY: true })
    const output = new PassThrough()
    const said = confirmed('Send it? ', { input, output })
    input.write(`${answer}\n`)
    return await said
  }

  test.each([
    ['yes', true],
    ['YES ', true],
    ['y', false],
    ['no', false],
    ['', false],
  ] as const)('is the whole word: "%s"', async (answer, is) => {
    expect(await asked(answer)).toBe(is)
  })

  test('that never came is none, and without a terminal nobody is asked', async () => {
    const input = Object.assign(new PassThrough(), { isTTY: true })
    const said = confirmed('Send it? ', { input, output: new PassThrough() })
    input.end()
    expect(await said).toBe(false)
    await expect(
      confirmed('Send it? ', { input: new PassThrough(), output: new PassThrough() }),
    ).rejects.toMatchObject({ code: 'terminal-missing' })
  })
})
