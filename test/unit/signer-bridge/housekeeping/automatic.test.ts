import { describe, expect, test } from 'vitest'
import {
  type AutomaticDeps,
  isItsTurn,
  payersOf,
  registerChore,
} from '../../../../signer-bridge/housekeeping/automatic.ts'
import { JournalError } from '../../../../signer-bridge/journal/database.ts'
import { keyringOf } from '../../../../signer-bridge/keyring.ts'
import { ledgerSigner } from '../../../../signer-bridge/ledger/signer.ts'
import type { Role, Signer } from '../../../../signer-bridge/roles.ts'
import { networks } from '../../../../src/protocol/networks.ts'
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

describe('whatever a registration fails of', () => {
  /** A chore that fails at each look, and what it has told. */
  async function toldOf(error: Error, looks: number) {
    const events: Readonly<Record<string, unknown>>[] = []
    let nowMs = 0
    // A chore takes a whole bridge, of which one that fails so soon uses no more than this.
    const deps = {
      settings: { network: networks.flare },
      chain: {
        get isGenesisSure(): boolean {
          throw error
        },
      },
      steadyMs: () => nowMs,
      log: (event: (typeof events)[number]) => void events.push(event),
    } as unknown as AutomaticDeps
    const chore = registerChore(deps)
    for (let look = 0; look < looks; look += 1) nowMs += await chore()
    return { events, nowMs }
  }

  test.each([
    {
      name: 'rights that another user has',
      error: new JournalError('journal-unusable', 'The journal cannot be used.'),
      told: { code: 'journal-unusable', reason: 'The journal cannot be used.' },
    },
    {
      name: 'SQLite’s own word',
      error: Object.assign(new Error('attempt to write a readonly database'), { errcode: 8 }),
      told: {
        code: 'unexpected',
        reason: 'What nobody expected stands against it: attempt to write a readonly database',
      },
    },
  ])('it is told with a sentence, and raises the alarm in time: $name', async ({ error, told }) => {
    const { events, nowMs } = await toldOf(error, 7)
    // Registration is open for half an hour: the alarm is raised after three minutes.
    expect(nowMs).toBe(7 * 30_000)
    expect(events).toEqual([
      { event: 'registration-refused', ...told },
      { event: 'registration-due', reward_epoch_id: null, reason: told.reason },
    ])
  })

  test('it never shows the whole address of a node', async () => {
    const error = Object.assign(new Error('URL: https://rpc.example/s3cret'), {
      shortMessage: 'HTTP request failed.',
    })
    const { events } = await toldOf(error, 1)
    expect(events).toHaveLength(1)
    expect(JSON.stringify(events)).not.toContain('s3cret')
  })
})

test.each([
  { name: 'with the lease', isActing: true, waitedMs: 0, is: true },
  { name: 'without it', isActing: false, waitedMs: 39_999, is: false },
  { name: 'when the other one has had its time', isActing: false, waitedMs: 40_000, is: true },
])('$name a bridge acts at once: $is', ({ isActing, waitedMs, is }) => {
  expect(isItsTurn(isActing, waitedMs, 10_000)).toBe(is)
})
