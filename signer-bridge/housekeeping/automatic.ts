/**
 * Registers by itself in each reward epoch, beside the rounds and never in their way, where the
 * settings say so. It does what `chrono-bridge register --yes` does, with keys that need no person.
 */

import type { Address } from 'viem'
import { OracleError } from '../../src/protocol/errors.ts'
import type { ConnectedChain } from '../chain/flare.ts'
import type { Node } from '../chain/nodes.ts'
import type { Chore } from '../chores.ts'
import { reasonIn } from '../findings.ts'
import { isLedgerSigner } from '../ledger/signer.ts'
import { type Log, withoutEchoes } from '../log.ts'
import type { Keyring, RoleKey } from '../roles.ts'
import type { Settings } from '../settings.ts'
import { majority } from './agreement.ts'
import { automaticChoice } from './automatic-choice.ts'
import { bookOf, hasBook } from './book-keeping.ts'
import { type ErrandDeps, followJob } from './errand.ts'
import { unsure } from './house.ts'
import { HouseError } from './house-error.ts'
import { identityOf } from './owners.ts'
import { rewardContracts, type RewardReads, rewardReads } from './reads.ts'
import { doRegistration } from './registration-errand.ts'
import { registrationFacts, type VoterContracts, voterContracts } from './registration-reads.ts'
import {
  comparedRoles,
  type RegistrationFacts,
  registrationRefusal,
  registrationStep,
} from './registration.ts'
import { isBridges } from './sender.ts'

export type AutomaticDeps = {
  readonly settings: Settings
  readonly keyring: Keyring
  readonly nodes: readonly Node[]
  readonly chain: ConnectedChain
  /** Whether this bridge holds the lease: of two the other one waits. */
  readonly isActing: () => boolean
  readonly isEnding: () => boolean
  readonly steadyMs: () => number
  readonly log: Log
  /** Hears whether a registration is due for longer than it should take, whenever that is known. */
  readonly registrationSeen?: (isDue: boolean) => void
}

/** Registration is open for half an hour on Flare, and for 180 blocks (5 minutes) on test networks. */
const looksInRound = 3
const leastPauseMs = 2_000
const mostPauseMs = 30_000

/** A bridge without the lease lets the other one go first, for so many looks. */
const patientLooks = 4

/** So many looks long something may be due, or not be known, before a person is told. */
const alarmLooks = 6

/** Looks whether it is time to register, and does so. */
export function registerChore(deps: AutomaticDeps): Chore {
  const log = withoutEchoes(deps.log)
  const roundMs = deps.settings.network.schedule.roundSec * 1_000
  const pauseMs = Math.min(mostPauseMs, Math.max(leastPauseMs, roundMs / looksInRound))
  const alarm = dueAlarm(deps, alarmLooks * pauseMs)
  let dueSinceMs: number | undefined
  return async () => {
    let due: Due | undefined
    let reason = 'The other bridge goes first, or what was sent has not landed yet.'
    try {
      due = await dueNow(deps, log)
      dueSinceMs = due === undefined ? undefined : (dueSinceMs ?? deps.steadyMs())
      const waitedMs = deps.steadyMs() - (dueSinceMs ?? deps.steadyMs())
      const isOurs = isItsTurn(deps.isActing(), waitedMs, pauseMs)
      if (due === undefined) alarm.clear()
      else if (isOurs) await register(deps, due, log)
    } catch (error) {
      // Whatever it is: a person is told in time only if it comes past here.
      const failure = failureOf(error)
      reason = failure.reason
      log({ event: 'registration-refused', ...failure })
    }
    alarm.look(reason, due?.facts.next)
    return pauseMs
  }
}

export type DueAlarm = {
  /** Nothing is due: seen, and not only supposed. */
  readonly clear: () => void
  readonly look: (reason: string, rewardEpochId?: number) => void
}

/** Tells once that a registration is due and not done, or that nobody can say, for too long. */
export function dueAlarm(
  { steadyMs, log, registrationSeen }: Pick<AutomaticDeps, 'steadyMs' | 'log' | 'registrationSeen'>,
  mostMs: number,
): DueAlarm {
  let clearAtMs = steadyMs()
  let isTold = false
  return {
    clear: () => {
      clearAtMs = steadyMs()
      isTold = false
      registrationSeen?.(false)
    },
    look: (reason, rewardEpochId) => {
      if (isTold || steadyMs() - clearAtMs < mostMs) return
      isTold = true
      registrationSeen?.(true)
      log({ event: 'registration-due', reward_epoch_id: rewardEpochId ?? null, reason })
    },
  }
}

type Due = {
  readonly kind: 'register' | 'pre-register'
  readonly facts: RegistrationFacts
  readonly contracts: VoterContracts
  readonly reads: RewardReads
}

/** What can be done now; `undefined` if nothing. */
async function dueNow(
  { settings, nodes, chain }: AutomaticDeps,
  log: Log,
): Promise<Due | undefined> {
  // A book is bound to its chain, and refuses another: the word of one is enough then.
  if (!chain.isGenesisSure && !hasBook(settings)) throw new HouseError('nodes-differ', unsure)
  const onAlone = () => log({ event: 'registration-of-one-node' })
  const voice = majority(nodes, { onAlone })
  const reads = rewardReads({ nodes, chain, voice }, await rewardContracts(voice))
  const voter = await identityOf(settings.keys, reads)
  if (voter === undefined) {
    throw new HouseError('sender-unknown', 'Nobody knows the identity of the signing-policy key.')
  }
  const contracts = await voterContracts(voice)
  const facts = await registrationFacts({ nodes, chain }, contracts, voter)
  const step = registrationStep(facts)
  if (step.kind === 'done' || step.kind === 'idle') {
    log({ event: 'registration-seen', reward_epoch_id: facts.next, what: step.sentence })
    const isMissed = step.kind === 'idle' && facts.isRandomThere
    if (isMissed) log({ event: 'registration-missed', reward_epoch_id: facts.next })
    return undefined
  }
  const refusal = registrationRefusal(comparedRoles(facts, settings.keys))
  if (refusal !== undefined) throw new HouseError('house-refused', refusal)
  return { kind: step.kind, facts, contracts, reads }
}

async function register(deps: AutomaticDeps, due: Due, log: Log): Promise<void> {
  const { settings, keyring, chain, isEnding } = deps
  const { facts, reads, kind } = due
  const signingKey = attendedByNobody(keyring.keyOf('signingPolicy', facts.next))
  const withBook = bookOf(settings, chain)
  const errand: ErrandDeps = {
    settings,
    house: { chain },
    withBook,
    reads,
    agree: () => Promise.resolve(true),
    say: () => {},
    isOver: isEnding,
  }
  const payers = payersOf(keyring, settings, facts.next)
  const wanted = { kind, owner: facts.voter, rewardEpochId: facts.next }
  const choice = await withBook((book) => automaticChoice(book, wanted, payers))
  if (choice.kind === 'stop') throw new HouseError('house-pending', choice.sentence)
  // What is followed may be of before; whether it was enough the next look shows.
  const done =
    choice.kind === 'follow'
      ? await withBook((book) => followJob({ ...errand, book }, choice.job, choice.key))
      : await doRegistration(errand, due, { key: await payer(deps, choice.keys), signingKey })
  log({
    event: done.kind === 'landed' ? 'voter-registered' : 'registration-unfinished',
    reward_epoch_id: 'job' in done ? done.job.rewardEpochId : facts.next,
    kind: 'job' in done ? done.job.kind : kind,
    outcome: done.kind,
    ...('receipt' in done && { tx_hash: done.receipt.txHash }),
  })
}

/** An executor, or the signing-policy key where no loop of this bridge sends from it; nobody attends. */
export function payersOf(
  { keyOf }: Pick<Keyring, 'keyOf'>,
  settings: Pick<Settings, 'keys' | 'relay'>,
  rewardEpochId: number,
): readonly RoleKey[] {
  return (['executor', 'signingPolicy'] as const)
    .map((role) => keyOf(role, rewardEpochId))
    .filter((key) => key !== undefined)
    .filter(({ address, signer }) => !isBridges(settings, address) && !isLedgerSigner(signer))
}

/** The first that has any coins; whether they are enough is seen when the price is known. */
async function payer(
  { chain }: Pick<AutomaticDeps, 'chain'>,
  able: readonly RoleKey[],
): Promise<RoleKey> {
  for (const key of able) if ((await chain.balanceWei(key.address)) > 0n) return key
  throw new HouseError(
    'sender-unknown',
    `No key pays for a registration: ${listed(able.map(({ address }) => address))}.`,
  )
}

/** Whether a bridge acts on what is due: at once with the lease, else when the other one has not. */
export function isItsTurn(isActing: boolean, waitedMs: number, pauseMs: number): boolean {
  return isActing || waitedMs >= patientLooks * pauseMs
}

export const payerNeeded =
  'it takes one of executor, or of signingPolicy without relay, that is not on a Ledger'

function listed(addresses: readonly Address[]): string {
  return addresses.length === 0 ? payerNeeded : `${addresses.join(', ')} have no coins`
}

function attendedByNobody(key: RoleKey | undefined): RoleKey {
  if (key !== undefined && !isLedgerSigner(key.signer)) return key
  throw new HouseError('house-refused', 'The signing-policy key is not here, or is on a Ledger.')
}

/** Our own errors have a sentence; of any other one what it says is put into one. */
function failureOf(error: unknown): { readonly code: string; readonly reason: string } {
  if (error instanceof OracleError) return { code: error.code, reason: error.message }
  const said = reasonIn(error).slice(0, mostReasonLength)
  return { code: 'unexpected', reason: `What nobody expected stands against it: ${said}` }
}

/** Of somebody else's message so much is enough. */
const mostReasonLength = 300
