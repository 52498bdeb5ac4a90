import { expect, test } from 'vitest'
import { isItsTurn, payersOf } from '../../../../signer-bridge/housekeeping/automatic.ts'
import { keyringOf } from '../../../../signer-bridge/keyring.ts'
import { ledgerSigner } from '../../../../signer-bridge/ledger/signer.ts'
import type { Role, Signer } from '../../../../signer-bridge/roles.ts'
import { houseAccount } from '../../../support/housekeeping.ts'

const place = { kind: 'elsewhere' } as const

function aKey(
  role: Role,
  differing: { readonly signer?: Signer; readonly address?: Signer['address'] } = {},
) {
  const signer = houseAccount(role)
  return { role, address: signer.address, signer, fromRewardEpoch: 0, place, ...differing }
}

function rolesThatPay(keys: readonly ReturnType<typeof aKey>[], relay: 'off' | 'when-selected') {
  return payersOf(keyringOf(keys), { keys, relay }, 418).map(({ role }) => role)
}

const submit = aKey('submit')
const policy = aKey('signingPolicy')
const executor = aKey('executor')

test('an executor pays before the signing-policy key, and nobody else does', () => {
  const keys = [submit, policy, executor, aKey('identity')]
  expect(rolesThatPay(keys, 'off')).toEqual(['executor', 'signingPolicy'])
})

test('a signing-policy key that relays does not: its nonces are the relayer’s', () => {
  expect(rolesThatPay([submit, policy, executor], 'when-selected')).toEqual(['executor'])
  expect(rolesThatPay([submit, policy], 'when-selected')).toEqual([])
})

test('an executor that is the relaying signing-policy key under another name does not either', () => {
  const twice = aKey('executor', { address: policy.address })
  expect(rolesThatPay([submit, policy, twice], 'when-selected')).toEqual([])
})

test('a key on a Ledger does not, for nobody is there', () => {
  const never = () => Promise.reject(new Error('Nobody is asked.'))
  const session = { sign: never, look: never }
  const pinned = { path: "44'/60'/0'/0/0", address: executor.address }
  const signer = ledgerSigner({ session, show: () => {}, nowMs: () => 0 }, pinned)
  expect(rolesThatPay([submit, policy, aKey('executor', { signer })], 'off')).toEqual([
    'signingPolicy',
  ])
})

test.each([
  { name: 'with the lease', isActing: true, waitedMs: 0, is: true },
  { name: 'without it', isActing: false, waitedMs: 39_999, is: false },
  { name: 'when the other one has had its time', isActing: false, waitedMs: 40_000, is: true },
])('$name a bridge acts at once: $is', ({ isActing, waitedMs, is }) => {
  expect(isItsTurn(isActing, waitedMs, 10_000)).toBe(is)
})
