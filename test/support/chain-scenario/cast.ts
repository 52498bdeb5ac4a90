/**
 * Who plays: sixty-odd voters and some strangers, each with a behaviour. Some voters leave with the old
 * reward epoch, some come with the new one, of these one with a past; one changes its submit address.
 */

import { type Address, type Hex, sliceHex } from 'viem'
import { type PrivateKeyAccount, privateKeyToAccount } from 'viem/accounts'
import type { ChainVoter } from '../../../local/chain/voters.ts'
import { lowerCase } from '../../../src/protocol/address.ts'
import { type BehaviourName, chance, seeded } from '../simulated-providers.ts'
import type { Phase } from './calendar.ts'

/** Everything that looks like chance in the scenario follows from this. */
export const seed = 'chrono scenario 1'

export type Provider = {
  readonly key: string
  readonly behaviour: Readonly<Record<Phase, BehaviourName>>
  /** In which of the two reward epochs it is a voter; it acts in both. */
  readonly votes: 'always' | 'before' | 'after' | 'never'
  readonly identity: Address
  readonly submitAddress: Readonly<Record<Phase, Address>>
  readonly submitSignaturesAddress: Address
  readonly policyKey: PrivateKeyAccount
  /** Registration weight. */
  readonly weight: Readonly<Record<Phase, number>>
  /** Alone with its like, it has a value for certain feeds. */
  readonly part: 'weightless' | 'pair' | undefined
}

/** So many voters of each kind. */
const voterCounts: readonly (readonly [BehaviourName, number])[] = [
  ['honest', 16],
  ['stumbling', 10],
  ['missing', 2],
  ['withholding', 2],
  ['revealingOnly', 1],
  ['onTheLastSecond', 2],
  ['onTheFirstSecond', 1],
  ['committingLate', 1],
  ['revealingLate', 2],
  ['revealingEarly', 1],
  ['anotherRound', 1],
  ['wrongRandom', 2],
  ['copying', 1],
  ['correcting', 2],
  ['recanting', 1],
  ['babbling', 2],
  ['brokenFrame', 1],
  ['garblingCommits', 1],
  ['garblingReveals', 1],
  ['duplicating', 2],
  ['failingOnChain', 2],
  ['speakingElsewhere', 1],
  ['revealingElsewhere', 1],
  ['extreme', 1],
  ['tooManyValues', 1],
  ['fullVector', 2],
  ['twoFrames', 2],
  ['besideTheConnector', 2],
  ['randomAlone', 2],
  ['nothingToSay', 1],
  ['negative', 1],
]

const strangerKinds = ['honest', 'withholding', 'wrongRandom', 'stumbling', 'duplicating'] as const

/** The voter that changes its submit address. */
const moved = 'honest 6'

/** As a stranger it withholds its reveals; then it is a voter, honest, and benched for a while. */
const reformed = 'withholding 1'

/** The first honest voters have no weight after rounding, the next two the same weight. */
const weightless = 3
const paired = 2

const voting = voterCounts
  .flatMap(([behaviour, count]) => Array.from({ length: count }, (_, i) => ({ behaviour, i })))
  .map(({ behaviour, i }, place): Provider => {
    const part = behaviour === 'honest' ? partOf(i) : undefined
    const key = `${behaviour} ${i}`
    return provider(key, behaviour, part === undefined ? votesOf(key, place) : 'always', part)
  })

export const cast: readonly Provider[] = [
  ...voting,
  ...strangerKinds.map((kind) => provider(`stranger ${kind}`, kind, 'never', undefined)),
]

/** As the chain's contracts take it, with the weight of the first reward epochs. */
export function chainVoterOf(provider: Provider): ChainVoter {
  const { identity, submitSignaturesAddress } = provider
  return {
    identity,
    submitAddress: provider.submitAddress.before,
    submitSignaturesAddress,
    signingPolicyAddress: provider.policyKey.address,
    weight: provider.weight.before,
  }
}

/** All that need coins. */
export function addressesOf(provider: Provider): readonly Address[] {
  return [
    provider.identity,
    provider.submitAddress.before,
    provider.submitAddress.after,
    provider.submitSignaturesAddress,
    lowerCase(provider.policyKey.address),
  ]
}

/** An address in lower case that nobody else has. */
export function anAddress(...words: readonly string[]): Address {
  return sliceHex(seeded(seed, 'address', ...words), 0, 20)
}

function provider(
  key: string,
  behaviour: BehaviourName,
  votes: Provider['votes'],
  part: Provider['part'],
): Provider {
  const before = anAddress(key, 'submit')
  const policySecret: Hex = seeded(seed, 'policy', key)
  return {
    key,
    behaviour: { before: behaviour, after: key === reformed ? 'honest' : behaviour },
    votes,
    part,
    identity: anAddress(key, 'identity'),
    submitAddress: { before, after: key === moved ? anAddress(key, 'submit again') : before },
    submitSignaturesAddress: anAddress(key, 'signatures'),
    policyKey: privateKeyToAccount(policySecret),
    weight: { before: weightOf(key, part, 'before'), after: weightOf(key, part, 'after') },
  }
}

function votesOf(key: string, place: number): Provider['votes'] {
  if (key === reformed || place % 12 === 7) return 'after'
  return place % 12 === 5 ? 'before' : 'always'
}

function partOf(place: number): Provider['part'] {
  if (place < weightless) return 'weightless'
  return place < weightless + paired ? 'pair' : undefined
}

function weightOf(key: string, part: Provider['part'], phase: Phase): number {
  if (part === 'weightless') return 1
  if (part === 'pair') return 1_234_567
  return 100_000 + Math.floor(chance(seed, 'weight', key, phase) * 2_000_000)
}
