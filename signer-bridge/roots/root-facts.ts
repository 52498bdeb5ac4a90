/** What is known of a round's root at this moment, gathered from the observer and the journal. */

import type { Hex } from 'viem'
import { lowerCase } from '../../src/protocol/address.ts'
import type { RootBook, RootRow } from '../journal/roots.ts'
import type { ObservedEpoch, Observer } from '../observer/observer.ts'
import { keyHolding } from '../keyring.ts'
import type { Keyring, RoleKey } from '../roles.ts'
import { finalisedMessageOf } from './finalised-message.ts'
import type { RefusedReason, RootFacts, RootKeys, RootOutcome, RootState } from './root-plan.ts'
import type { DueRoot } from './sign-root.ts'
import type { SignaturesCall } from './signatures-call.ts'

export type FactsWorld = {
  /** Whose roots they are: ours, or a companion's. */
  readonly protocolId: number
  /** What is known of a round's result. */
  readonly resultOf: (votingRoundId: number) => RootOutcome
  /** What goes behind the signature of a round's result; absent where nothing ever does. */
  readonly unsignedOf?: (votingRoundId: number) => Hex | undefined
  /** What other nodes say of what a round's result is made of; absent where no node is asked. */
  readonly confirmationOf?: Observer['confirmationOf']
  readonly observer: Pick<Observer, 'finalisationOf' | 'epochOf'>
  readonly journal: Pick<RootBook, 'rootOf'>
  readonly keyring: Keyring
  readonly call: Pick<SignaturesCall, 'statusOf'>
}

/** What a signature needs beside its message: whose, in which reward epoch, sent by whom. */
type Due = Pick<DueRoot, 'epoch' | 'signingPolicy' | 'submitSignaturesAddress'>

/** All that the plan decides by. */
export function rootFactsOf(world: FactsWorld, votingRoundId: number): RootFacts {
  const { protocolId, observer, journal, call } = world
  const root = journal.rootOf({ protocolId, votingRoundId })
  const epoch = observer.epochOf(votingRoundId)
  const finalisation = observer.finalisationOf(protocolId, votingRoundId)
  const keys = root === undefined ? keysNow(world, epoch) : keysThen(world, root)
  const status = root === undefined ? undefined : call.statusOf(root)
  const confirmation = world.confirmationOf?.(votingRoundId)
  return {
    outcome: world.resultOf(votingRoundId),
    ...(confirmation !== undefined && { confirmation }),
    isCallSettled: status !== undefined && status !== 'planned',
    ...(finalisation !== undefined && { finalisedMessage: finalisedMessageOf(finalisation) }),
    ...(epoch !== undefined && { epoch }),
    ...(keys !== undefined && { keys: rootKeysOf(keys) }),
    ...(root !== undefined && { root: stateOf(root) }),
  }
}

/** The keys that sign and send a root which is due, and its reward epoch. */
export function dueRootOf(world: FactsWorld, votingRoundId: number): Due | undefined {
  const epoch = world.observer.epochOf(votingRoundId)
  if (epoch === undefined) return undefined
  const { rewardEpochId } = epoch.policy
  const signingPolicy = world.keyring.keyOf('signingPolicy', rewardEpochId)
  const sender = world.keyring.keyOf('submitSignatures', rewardEpochId)
  if (signingPolicy === undefined || sender === undefined) return undefined
  return { epoch, signingPolicy, submitSignaturesAddress: sender.address }
}

type Pair = { readonly signer: RoleKey['address']; readonly sender: RoleKey['address'] }

function keysNow({ keyring }: FactsWorld, epoch: ObservedEpoch | undefined): Pair | undefined {
  if (epoch === undefined) return undefined
  const { rewardEpochId } = epoch.policy
  const signer = keyring.keyOf('signingPolicy', rewardEpochId)?.address
  const sender = keyring.keyOf('submitSignatures', rewardEpochId)?.address
  return signer === undefined || sender === undefined ? undefined : { signer, sender }
}

/** A bound root is signed and sent by the keys that it was bound for, as long as they are here. */
function keysThen({ keyring }: FactsWorld, { signer, sender }: RootRow): Pair | undefined {
  const areHere =
    keyHolding(keyring, 'signingPolicy', signer) !== undefined &&
    keyHolding(keyring, 'submitSignatures', sender) !== undefined
  return areHere ? { signer, sender } : undefined
}

function rootKeysOf({ signer, sender }: Pair): RootKeys {
  return {
    signingPolicyAddress: lowerCase(signer),
    submitSignaturesAddress: lowerCase(sender),
  }
}

/** The journal's word for why a root is refused, as far as it is one of ours. */
const refusals: readonly RefusedReason[] = [
  'reserved-by-another',
  'root-conflict',
  'signing-denied',
]

function stateOf({ message, signed, refusedAs }: RootRow): RootState {
  if (refusedAs !== undefined) {
    const reason = refusals.find((known) => known === refusedAs) ?? 'root-conflict'
    return { kind: 'refused', message, reason }
  }
  return { kind: signed === undefined ? 'bound' : 'signed', message }
}
