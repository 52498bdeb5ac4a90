import { describe, expect, test } from 'vitest'
import type { DatedKey } from '../../../signer-bridge/keyring.ts'
import type { LedgerSigner } from '../../../signer-bridge/ledger/signer.ts'
import { type Breaker, breakerOf } from '../../../signer-bridge/policy/breaker.ts'
import type { Role, Signer } from '../../../signer-bridge/roles.ts'
import { SigningError } from '../../../signer-bridge/signer.ts'
import { verdictOn } from '../../support/bridge-verdict.ts'
import { BridgeModel, firstRound } from '../../support/bridge-world.ts'
import { aVoter } from '../../support/policy-signers.ts'

const addressOf = { signingPolicy: aVoter(1).address, submitSignatures: aVoter(2).address }

function keyFor(role: keyof typeof addressOf, signer: Signer): DatedKey {
  return { role, address: addressOf[role], signer, fromRewardEpoch: 0 }
}

/** A bridge with the keys of roots beside that of its calls. */
function aBridge(of: (signer: Signer) => Signer = (signer) => signer): BridgeModel {
  const bridge = new BridgeModel()
  bridge.rootKeys = [
    keyFor('signingPolicy', of(aVoter(1))),
    keyFor('submitSignatures', of(aVoter(2))),
  ]
  return bridge
}

async function through(bridge: BridgeModel, rounds: number): Promise<void> {
  await bridge.time.runUntil(bridge.startOf(firstRound + rounds) + 60_000)
}

function refusals({ events }: BridgeModel) {
  const told = events.filter(({ event }) => event === 'commit-refused')
  return new Set(told.map(({ reason }) => reason))
}

const committedTo = (...rounds: number[]) => ({ committed: rounds, revealed: rounds, offences: [] })

describe('a round whose root would be signed', () => {
  test('is committed to when its keys can act, with the first balances', async () => {
    const bridge = aBridge()
    bridge.start()
    await through(bridge, 1)
    expect(refusals(bridge)).toEqual(new Set())
    expect(verdictOn(bridge)).toEqual(committedTo(firstRound))
  })

  test('waits for the coins of the key that sends signatures, and goes on once they are there', async () => {
    const bridge = aBridge()
    bridge.chain.balances.set(addressOf.submitSignatures, 10n ** 17n)
    bridge.start()
    await through(bridge, 1)
    expect(refusals(bridge)).toEqual(
      new Set([expect.stringMatching(/^A balance of 0\.1 of the submitSignatures address/)]),
    )
    expect(bridge.worker.frozen.size).toBe(0)
    bridge.chain.balances.delete(addressOf.submitSignatures)
    await through(bridge, 2)
    expect(verdictOn(bridge)).toEqual(committedTo(firstRound + 1))
  })

  test('is let go by while nobody tells that balance', async () => {
    const bridge = aBridge()
    bridge.chain.balances.set(addressOf.submitSignatures, undefined)
    bridge.start()
    await through(bridge, 1)
    expect(refusals(bridge)).toEqual(
      new Set(['The balance of the submitSignatures address is not known.']),
    )
    expect(bridge.worker.frozen.size).toBe(0)
  })

  test.each(['signingPolicy', 'submitSignatures'] as const)(
    'is let go by while the key for %s rests, and is no more once it may be asked',
    async (role) => {
      const bridge = aBridge()
      bridge.breaker = await deniedThrice(bridge, addressOf[role])
      bridge.start()
      await through(bridge, 11)
      expect(refusals(bridge)).toEqual(
        new Set([
          `The key for ${role} is not to be asked. Signatures were denied 3 times in a row: nothing new for 10 rounds.`,
        ]),
      )
      expect(verdictOn(bridge)).toEqual(committedTo(firstRound + 10))
    },
  )

  test.each(['signingPolicy', 'submitSignatures'] as const)(
    'is let go by while the keystore of the key for %s is being opened',
    async (role) => {
      let isOpen = false
      const bridge = aBridge((signer) =>
        signer.address === addressOf[role] ? { ...signer, isOpen: () => isOpen } : signer,
      )
      bridge.start()
      await through(bridge, 1)
      expect(refusals(bridge)).toEqual(
        new Set([`The keystore of the key for ${role} is being opened.`]),
      )
      isOpen = true
      await through(bridge, 2)
      expect(verdictOn(bridge)).toEqual(committedTo(firstRound + 1))
    },
  )

  test('is let go by while the device of its keys is not ready, which is asked once each time', async () => {
    const person = { unready: 'Unlock the Ledger with its PIN.' as string | undefined, looks: 0 }
    const bridge = aBridge((signer) => atDevice(signer, person))
    bridge.start()
    await bridge.time.runUntil(bridge.startOf(firstRound) + 70_100)
    expect(person.looks).toBe(1)
    await bridge.time.runUntil(bridge.startOf(firstRound + 1))
    expect(refusals(bridge)).toEqual(new Set(['Unlock the Ledger with its PIN.']))
    expect(bridge.worker.frozen.size).toBe(0)
    person.unready = undefined
    await through(bridge, 2)
    expect(verdictOn(bridge)).toEqual(committedTo(firstRound + 1))
  })

  test.each<{ alone: Role }>([{ alone: 'signingPolicy' }, { alone: 'submitSignatures' }])(
    'is not: a key for $alone by itself stops nothing',
    async ({ alone }) => {
      const bridge = aBridge()
      bridge.rootKeys = bridge.rootKeys.filter(({ role }) => role === alone)
      for (const address of Object.values(addressOf)) bridge.chain.balances.set(address, 0n)
      bridge.start()
      await through(bridge, 1)
      expect(verdictOn(bridge)).toEqual(committedTo(firstRound))
    },
  )
})

/** A breaker for which a key was denied three times as the world begins. */
async function deniedThrice(bridge: BridgeModel, address: DatedKey['address']): Promise<Breaker> {
  const steadyMs = bridge.time.nowMs
  const breaker = breakerOf({ steadyMs, roundMs: 90_000, log: () => undefined })
  const denied = () => Promise.reject(new SigningError('signing-denied', 'No.'))
  for (const _ of [1, 2, 3]) await breaker.watched(address, denied).catch(() => undefined)
  return breaker
}

type Person = { readonly unready: string | undefined; looks: number }

function atDevice(signer: Signer, person: Person): LedgerSigner {
  return {
    ...signer,
    reviewing: () => signer,
    show: () => undefined,
    device: person,
    unready: async () => {
      person.looks += 1
      return person.unready
    },
  }
}
