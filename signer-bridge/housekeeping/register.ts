/**
 * `chrono-bridge register`: shows what the chain knows of the operator as a voter, and registers it
 * for the next reward epoch as soon as that can be done.
 */

import { type Address, getAddress } from 'viem'
import type { KeySettings } from '../key-settings.ts'
import type { RoleKey } from '../roles.ts'
import type { Settings } from '../settings.ts'
import { majority } from './agreement.ts'
import { bookOf, hasBook } from './book-keeping.ts'
import { concluded } from './conclusion.ts'
import { agreeing, type Around, type ErrandDeps, withKeys } from './errand.ts'
import { type ExitCode, exitCodes } from './exit-codes.ts'
import { aloneOnce, type House, openHouse, unsure } from './house.ts'
import { HouseError } from './house-error.ts'
import { identityOf, noIdentity, typedAddress } from './owners.ts'
import { type ReadDeps, rewardContracts, rewardReads } from './reads.ts'
import { doRegistration } from './registration-errand.ts'
import { registrationFacts, type VoterContracts, voterContracts } from './registration-reads.ts'
import { registrationText } from './registration-text.ts'
import {
  comparedRoles,
  keyFor,
  type RegistrationFacts,
  registrationRefusal,
  registrationStep,
} from './registration.ts'
import { sendersFor } from './sender.ts'
import { takeUp } from './take-up.ts'

export type RegisterOptions = {
  readonly voter?: string
  readonly from?: string
  readonly isAgreed: boolean
}

/** The keys that may pay, the hottest first: the identity is cold. */
const payingRoles = ['executor', 'signingPolicy', 'identity'] as const

/**
 * Registers, if there is anything to be done and the person agrees.
 *
 * @throws {HouseError} `house-refused`, `sender-unknown`, `house-pending`, `terminal-missing`,
 *   `nodes-differ`
 * @throws {JournalError} `journal-in-use`
 */
export async function register(
  settings: Settings,
  options: RegisterOptions,
  around: Around,
): Promise<ExitCode> {
  const house = await openHouse(settings, true)
  try {
    const { nodes, chain } = house
    // A book is bound to its chain, and refuses another: the word of one is enough then.
    if (!chain.isGenesisSure && !hasBook(settings)) throw new HouseError('nodes-differ', unsure)
    const voice = majority(nodes, { onAlone: aloneOnce(around.say) })
    const looking = { nodes, chain, voice }
    const reads = rewardReads(looking, await rewardContracts(voice))
    const voter = await voterOf(settings, options, reads)
    const contracts = await voterContracts(voice)
    const facts = await registrationFacts(looking, contracts, voter)
    const compared = comparedRoles(facts, settings.keys)
    around.say(registrationText(facts, compared))
    const step = registrationStep(facts)
    if (step.kind === 'done' || step.kind === 'idle') return toldOf(step, around.say)
    const refusal = registrationRefusal(compared)
    if (refusal !== undefined) throw new HouseError('house-refused', refusal)
    const agree = agreeing(around, options.isAgreed)
    const withBook = bookOf(settings, chain)
    const deps = { settings, house, withBook, reads, agree, say: around.say }
    return await registerAs({ deps, around, facts, contracts, options, looking }, step.kind)
  } finally {
    house.end()
  }
}

type Registering = {
  readonly deps: ErrandDeps
  readonly around: Around
  readonly facts: RegistrationFacts
  readonly contracts: VoterContracts
  readonly options: RegisterOptions
  readonly looking: Pick<ReadDeps, 'nodes' | 'chain'>
}

async function registerAs(registering: Registering, kind: Registrable): Promise<ExitCode> {
  const { deps, around, facts, options } = registering
  const { settings, house } = deps
  const policy = keyFor(settings.keys, 'signingPolicy', facts.next)
  if (policy === undefined) throw new Error('It was compared with the chain.')
  const sender = await payer(settings, options, house)
  return await withKeys({ settings, around }, sender, [policy], async (key, [signingKey = key]) => {
    const earlier = await takeUp(deps, key, { kind, owner: facts.voter })
    if (earlier === undefined) return await sent(registering, kind, { key, signingKey })
    const code = concluded(earlier, settings.network.name, deps.say)
    if (earlier.kind !== 'landed') return code
    return await goneOn(registering, { key, signingKey })
  })
}

type Registrable = 'register' | 'pre-register'
type Keys = { readonly key: RoleKey; readonly signingKey: RoleKey }

/** What was followed may have been what was asked for, or anything else of the same sender. */
async function goneOn(registering: Registering, keys: Keys): Promise<ExitCode> {
  const { deps, facts, contracts, looking } = registering
  const now = await registrationFacts(looking, contracts, facts.voter)
  if (now.next !== facts.next) {
    const sentence = `Reward epoch ${now.next} is to be registered for by now. Give the same command again.`
    throw new HouseError('house-refused', sentence)
  }
  const step = registrationStep(now)
  if (step.kind === 'done' || step.kind === 'idle') return toldOf(step, deps.say)
  return await sent({ ...registering, facts: now }, step.kind, keys)
}

async function sent(registering: Registering, kind: Registrable, keys: Keys): Promise<ExitCode> {
  const { deps, facts, contracts } = registering
  const done = await doRegistration(deps, { facts, contracts, kind }, keys)
  const past = kind === 'register' ? 'is registered' : 'is pre-registered'
  const landed = `${facts.voter} ${past} for reward epoch ${facts.next}.`
  return concluded(done, deps.settings.network.name, deps.say, landed)
}

function toldOf(
  step: { readonly kind: 'done' | 'idle'; readonly sentence: string },
  say: (text: string) => void,
): ExitCode {
  say(step.sentence)
  return step.kind === 'done' ? exitCodes.done : exitCodes.idle
}

async function voterOf(
  { keys }: Settings,
  { voter }: RegisterOptions,
  reads: Parameters<typeof identityOf>[1],
): Promise<Address> {
  if (voter !== undefined) return typedAddress(voter, '--voter')
  const identity = await identityOf(keys, reads)
  if (identity !== undefined) return getAddress(identity)
  throw new HouseError('sender-unknown', noIdentity)
}

/** The first that has any coins; whether they are enough is seen when the price is known. */
async function payer(
  { keys }: Settings,
  { from }: RegisterOptions,
  { chain }: { readonly chain: Pick<House['chain'], 'balanceWei'> },
): Promise<KeySettings> {
  const named = from === undefined ? {} : { from: typedAddress(from, '--from') }
  const able = sendersFor(keys, { ...named, roles: payingRoles })
  for (const key of able) if ((await chain.balanceWei(key.address)) > 0n) return key
  throw new HouseError(
    'sender-unknown',
    `None of ${able.map(({ address }) => address).join(', ')} has any coins.`,
  )
}
