import { describe, expect, test } from 'vitest'
import {
  comparedRoles,
  type RegistrationFacts,
  registrationForm,
  registrationRefusal,
  registrationStep,
} from '../../../../signer-bridge/housekeeping/registration.ts'
import type { KeySettings } from '../../../../signer-bridge/key-settings.ts'
import type { Role } from '../../../../signer-bridge/roles.ts'
import { anAddress } from '../../../support/house-claims.ts'

const voter = anAddress(0xee)
const acting = { submit: anAddress(1), submitSignatures: anAddress(2), signingPolicy: anAddress(3) }

/** A voter of the present reward epoch, before the next one's random is there. */
function someFacts(differing: Partial<RegistrationFacts> = {}): RegistrationFacts {
  return {
    voter,
    next: 418,
    acting,
    isSnapshot: false,
    delegation: anAddress(4),
    isVoter: true,
    isRegistered: false,
    isPreRegistered: false,
    isOpen: false,
    isRandomThere: false,
    ...differing,
  }
}

function aKey(role: Role, number: number, fromRewardEpoch = 0): KeySettings {
  return { role, address: anAddress(number), fromRewardEpoch, place: { kind: 'elsewhere' } }
}
const keys = [aKey('submit', 1), aKey('submitSignatures', 2), aKey('signingPolicy', 3)]

describe('registrationStep', () => {
  test.each<{ name: string; facts: Partial<RegistrationFacts>; kind: string }>([
    { name: 'a voter before the random', facts: {}, kind: 'pre-register' },
    { name: 'one that has pre-registered', facts: { isPreRegistered: true }, kind: 'done' },
    { name: 'no voter before the random', facts: { isVoter: false }, kind: 'idle' },
    {
      name: 'anybody while it is open',
      facts: { isOpen: true, isRandomThere: true },
      kind: 'register',
    },
    {
      name: 'one whom the system failed to register',
      facts: { isOpen: true, isRandomThere: true, isPreRegistered: true },
      kind: 'register',
    },
    {
      name: 'one that is registered',
      facts: { isOpen: true, isRandomThere: true, isRegistered: true },
      kind: 'done',
    },
    { name: 'one that is late', facts: { isRandomThere: true }, kind: 'idle' },
  ])('for $name: $kind', ({ facts, kind }) => {
    expect(registrationStep(someFacts(facts)).kind).toBe(kind)
  })
})

describe('the settings against the chain', () => {
  const verdicts = (facts: RegistrationFacts, of: readonly KeySettings[]) =>
    comparedRoles(facts, of).map(({ verdict }) => verdict)

  test('are the same, differ, lack a key, or meet an address that is not confirmed', () => {
    expect(verdicts(someFacts(), keys)).toEqual(['same', 'same', 'same'])
    const others = [aKey('submit', 9), aKey('signingPolicy', 3)]
    expect(verdicts(someFacts(), others)).toEqual(['differs', 'not-in-settings', 'same'])
    const unset = someFacts({ acting: { ...acting, submit: voter } })
    expect(verdicts(unset, keys)).toEqual(['not-confirmed', 'same', 'same'])
  })

  test('are compared by the key of the reward epoch that is registered for', () => {
    const changing = [...keys, aKey('signingPolicy', 30, 418), aKey('signingPolicy', 31, 419)]
    const facts = someFacts({ acting: { ...acting, signingPolicy: anAddress(30) } })
    expect(verdicts(facts, changing)).toEqual(['same', 'same', 'same'])
  })

  test('stand against a registration by another signing-policy key, or without a confirmed one', () => {
    const refusal = (facts: RegistrationFacts, of: readonly KeySettings[]) =>
      registrationRefusal(comparedRoles(facts, of))
    expect(refusal(someFacts(), keys)).toBeUndefined()
    expect(refusal(someFacts(), keys.with(0, aKey('submit', 9)))).toBeUndefined()
    expect(refusal(someFacts(), keys.with(2, aKey('signingPolicy', 9)))).toContain(anAddress(9))
    expect(refusal(someFacts(), keys.slice(0, 2))).toContain('not there')
    const unset = someFacts({ acting: { ...acting, submitSignatures: voter } })
    expect(refusal(unset, keys)).toContain('no confirmed address for submitSignatures')
  })
})

test.each([
  { network: 'flare', epoch: 416, form: 'legacy' },
  { network: 'flare', epoch: 417, form: 'chain-bound' },
  { network: 'songbird', epoch: 417, form: 'chain-bound' },
  { network: 'coston', epoch: 5_450, form: 'legacy' },
  { network: 'coston', epoch: 5_451, form: 'chain-bound' },
  { network: 'coston2', epoch: 6_000, form: 'chain-bound' },
] as const)('the message for $network $epoch is $form', ({ network, epoch, form }) => {
  expect(registrationForm(network, epoch)).toBe(form)
})
