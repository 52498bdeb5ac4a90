/**
 * What was said lately with our keys, held against the journal before anything new is told. Nothing
 * is sent here, so that what counts is what a call says, and the chain names the keys that the
 * settings leave to the other sender.
 */

import { type Address, isAddressEqual, keccak256 } from 'viem'
import { lowerCase } from '../../src/protocol/address.ts'
import { votingRoundAt } from '../../src/protocol/epoch.ts'
import { protocolIds, type PayloadFrame } from '../../src/protocol/payload.ts'
import { readSubmission, type SubmissionMethod } from '../../src/protocol/submission.ts'
import { readSubmitSignatures } from '../../src/protocol/submit-signatures.ts'
import { type Arming, type ArmingDeps, armingOf, armingRounds } from '../arming.ts'
import type { SubmissionCall } from '../chain/chain.ts'
import { FeedListError } from '../chain/reward-epochs.ts'
import type { BindingBook, BindingName } from '../journal/bindings.ts'
import type { RootBook } from '../journal/roots.ts'
import type { Observer } from '../observer/observer.ts'
import type { Role } from '../roles.ts'
import type { World } from '../world.ts'

/** An address of ours, by what it does. */
export type OwnAddress = { readonly role: Role; readonly address: Address }

type KnownBook = Pick<BindingBook, 'signingOf'> & Pick<RootBook, 'rootOf'>

export type ProviderArmingDeps = Omit<ArmingDeps, 'keyring' | 'isKnown' | 'chain' | 'journal'> & {
  readonly chain: ArmingDeps['chain'] & Pick<World['chain'], 'feedsOf'>
  readonly journal: ArmingDeps['journal'] & KnownBook
  readonly observer: Pick<Observer, 'epochOf'>
  /** Of the settings. */
  readonly addresses: readonly OwnAddress[]
  readonly pace: Pick<World['pace'], 'retryMs'>
}

/** Armed as the bridge that sends is, once the reward epoch is known that names our voter. */
export function providerArming(deps: ProviderArmingDeps): Arming {
  const { chain, journal, network, nowMs, pace } = deps
  const arming = armingOf({
    ...deps,
    keyring: { keys: () => addressesOf(deps) },
    isKnown: (call) => journal.hasSent(call.txHash) || isSaidBy(journal, call),
  })
  return {
    isArmed: arming.isArmed,
    chore: async () => {
      const votingRoundId = votingRoundAt(network.schedule, nowMs())
      return isEpochKnown(chain, votingRoundId) ? await arming.chore() : pace.retryMs
    },
  }
}

function isEpochKnown(chain: Pick<World['chain'], 'feedsOf'>, votingRoundId: number): boolean {
  try {
    chain.feedsOf(votingRoundId)
    return true
  } catch (error) {
    // Nothing new can be told either before the chain was searched.
    if (error instanceof FeedListError) return false
    throw error
  }
}

/** Those of the settings, and the others of the voter whose submit address is among them. */
function addressesOf({
  addresses,
  observer,
  network,
  nowMs,
}: ProviderArmingDeps): readonly OwnAddress[] {
  const present = votingRoundAt(network.schedule, nowMs())
  // A reward epoch may end among the rounds that are looked at, and among those that are let go by.
  const rounds = [present - armingRounds, present, present + armingRounds]
  const submits = addresses.filter(({ role }) => role === 'submit')
  const voters = rounds
    .flatMap((round) => observer.epochOf(round)?.voters ?? [])
    .filter((voter) => submits.some(({ address }) => isAddressEqual(address, voter.submitAddress)))
  const all = [
    ...addresses,
    ...voters.flatMap((voter): OwnAddress[] => [
      { role: 'submitSignatures', address: voter.submitSignaturesAddress },
      { role: 'signingPolicy', address: voter.signingPolicyAddress },
    ]),
  ]
  const named = new Map(all.map((one) => [`${one.role}/${lowerCase(one.address)}`, one]))
  return [...named.values()]
}

/** Whether all that a call says of prices is what the journal is bound to; of others it tells nothing. */
export function isSaidBy(journal: KnownBook, { sender, calldata }: SubmissionCall): boolean {
  const submission = readSubmission(calldata)
  if (submission === undefined) return true
  const { method, frames } = submission
  return frames
    .filter(({ protocolId }) => protocolId === protocolIds.ftso)
    .every((frame) => isBoundTo[method](journal, sender, frame))
}

type IsBoundTo = (journal: KnownBook, sender: Address, frame: PayloadFrame) => boolean

const isBoundTo: Readonly<Record<SubmissionMethod, IsBoundTo>> = {
  submit1: (journal, sender, frame) =>
    digestOf(journal, sender, 'commit', frame) === frame.payload.toLowerCase(),
  submit2: (journal, sender, frame) =>
    digestOf(journal, sender, 'reveal', frame) === keccak256(frame.payload),
  // Used by no protocol.
  submit3: () => true,
  submitSignatures: (journal, _, { protocolId, votingRoundId, payload }) => {
    const said = readSubmitSignatures(payload)
    if (said === undefined) return true
    const message = journal.rootOf({ protocolId, votingRoundId })?.message
    return message !== undefined && (said.type === 1 || said.message === message)
  },
}

function digestOf(
  journal: KnownBook,
  signer: Address,
  kind: BindingName['kind'],
  { protocolId, votingRoundId }: PayloadFrame,
): string | undefined {
  return journal.signingOf({ signer, kind, protocolId, votingRoundId })?.digest
}
