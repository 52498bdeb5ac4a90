/**
 * The relayer: makes a round final when we were drawn to, with the first signatures that are enough.
 * It stands on what the roots' loop has signed, and whatever goes wrong here costs a share of a
 * reward and nothing else.
 */

import { type Address, type Hex, numberToHex, size } from 'viem'
import { protocolIds } from '../../src/protocol/payload.ts'
import { relayCalldata } from '../../src/protocol/relay-calldata.ts'
import type { Chain } from '../chain/chain.ts'
import { spentOfDay } from '../day-budget.ts'
import { commitPolicy, type FeePolicy, feesAt, replacementFees } from '../fees.ts'
import type { CallBook } from '../journal/calls.ts'
import type { RelayAttempt, RelayBook } from '../journal/relays.ts'
import type { RootBook } from '../journal/roots.ts'
import { keyHolding } from '../keyring.ts'
import type { Log } from '../log.ts'
import type { ObservedEpoch, Observer } from '../observer/observer.ts'
import type { Keyring } from '../roles.ts'
import type { Network } from '../../src/protocol/networks.ts'
import { chainTimeMs, type Moment } from '../timeline.ts'
import { relayGasLimit, type RelayStep, relayStepAt, thresholdFor } from './relay-plan.ts'
import { collected, signaturesIn } from './relay-signatures.ts'
import { settlingOf } from './settle-relays.ts'
import { signRelay } from './sign-relay.ts'

export type RelayerWorld = {
  readonly nowMs: () => number
  readonly moment: () => Moment
  readonly network: Pick<Network, 'chainId' | 'schedule'>
  readonly observer: Pick<Observer, 'outcomeOf' | 'relayHeardOf' | 'epochOf' | 'signaturesFor'>
  readonly journal: RelayBook & Pick<RootBook, 'rootOf'> & Pick<CallBook, 'spentSince'>
  readonly keyring: Keyring
  readonly chain: Pick<Chain, 'latestCount' | 'send' | 'receiptsOf'>
  /** The Relay at present, by the registry. */
  readonly relay: () => Address
  readonly feePolicy: FeePolicy
  /** What all transactions of a day may cost, wei. */
  readonly dailyBudgetWei: bigint
  readonly log: Log
}

export type Relayer = {
  /**
   * Relays a round if it is time to and enough has been signed.
   *
   * @returns Whether it is to be looked at again soon.
   */
  readonly advance: (votingRoundId: number) => Promise<boolean>
}

type Due = Extract<RelayStep, { kind: 'relay' }>

type Call = { readonly calldata: Hex; readonly signatures: number; readonly weight: number }

export function relayerOf(world: RelayerWorld): Relayer {
  // Signatures that were not enough are not gone through anew before there are more.
  let lacking = ''
  const settle = settlingOf(world)
  return {
    advance: async (votingRoundId) => {
      const step = stepNow(world, votingRoundId)
      if (step.kind === 'rest' && step.reason === 'not-time') await settle(votingRoundId)
      if (step.kind === 'rest') return step.reason === 'not-signed'
      if (world.journal.relayAttempts(votingRoundId).length > 0) return false
      const heard = world.observer.signaturesFor(protocolIds.ftso, votingRoundId).length
      const seen = `${votingRoundId}/${heard}`
      if (seen === lacking) return true
      const epoch = world.observer.epochOf(votingRoundId)
      const call = epoch === undefined ? undefined : await callOf(world, step, epoch)
      if (call === undefined) lacking = seen
      else await relay(world, step, call)
      return true
    },
  }
}

function stepNow(world: RelayerWorld, votingRoundId: number): RelayStep {
  const { observer, journal, network } = world
  const policy = observer.epochOf(votingRoundId)?.policy
  const root = journal.rootOf({ protocolId: protocolIds.ftso, votingRoundId })
  return relayStepAt(network.schedule, {
    votingRoundId,
    // By one node's word too: a relay that comes second is paid for, one left out costs a share.
    isFinalised: observer.relayHeardOf(protocolIds.ftso, votingRoundId) !== undefined,
    nowMs: chainTimeMs(world.moment()),
    ...(policy !== undefined && { policy }),
    ...(root !== undefined && { root }),
  })
}

/** Fixes the call, signs it and sends it, once: there is no time for a second. */
async function relay(world: RelayerWorld, due: Due, call: Call): Promise<void> {
  const { journal, keyring, chain, log } = world
  const { votingRoundId, signer } = due.root
  const key = keyHolding(keyring, 'signingPolicy', signer)
  if (key === undefined) return
  const terms = await termsOf(world, due, call)
  if (terms === undefined || stepNow(world, votingRoundId).kind !== 'relay') return

  const { calldata, signatures, weight } = call
  journal.bindRelay({ votingRoundId, signer, calldata }, Math.round(world.nowMs()))
  const { chainId } = world.network
  const asked = { chainId, votingRoundId, relay: world.relay(), calldata, ...terms }
  const signed = await signRelay(key, asked)
  const signedAtMs = Math.round(world.nowMs())
  journal.recordRelay({ votingRoundId, signer, signedAtMs, ...terms, ...signed })
  if (stepNow(world, votingRoundId).kind !== 'relay') return
  const outcome = await chain.send(signed.raw, signer)
  // An underpriced one has to be outbid by the next: something waits there.
  if (outcome.kind !== 'accepted' && outcome.kind !== 'underpriced') {
    journal.noteRelayUntaken({ votingRoundId, txHash: signed.txHash })
  }
  const what = { voting_round_id: votingRoundId, tx_hash: signed.txHash, nonce: terms.nonce }
  log(
    outcome.kind === 'accepted'
      ? { event: 'round-relayed', ...what, signatures, weight }
      : { event: 'relay-not-taken', ...what, outcome: outcome.kind },
  )
}

/** The calldata with enough signatures; what was fixed before a restart stays. */
async function callOf(
  world: RelayerWorld,
  { policy, root }: Due,
  epoch: ObservedEpoch,
): Promise<Call | undefined> {
  const { observer, journal, network } = world
  const { votingRoundId, message, signed } = root
  const outcome = observer.outcomeOf(votingRoundId)
  if (outcome.kind !== 'result' || outcome.message !== message) return undefined
  const senders = new Set(
    epoch.voters.map(({ submitSignaturesAddress }) => submitSignaturesAddress),
  )
  const calls = observer.signaturesFor(protocolIds.ftso, votingRoundId)
  const found = await collected({
    policy,
    message,
    form: signed.form,
    chainId: network.chainId,
    threshold: thresholdFor(network.schedule, policy, votingRoundId),
    signatures: [signed.signature, ...signaturesIn(calls, message, senders)],
  })
  if (!found.isEnough) return undefined
  const random = numberToHex(outcome.random.value, { size: 32 })
  const calldata = relayCalldata({
    policyBytes: epoch.policyBytes,
    message,
    signatures: found.signatures,
    // The Relay from before knows no trailer.
    ...(signed.form === 'chain-bound' && { randomProof: { random, proof: outcome.randomProof } }),
  })
  const fixed = journal.relayOf(votingRoundId)?.calldata
  const { length: signatures } = found.signatures
  return { calldata: fixed ?? calldata, signatures, weight: found.weight }
}

/**
 * Nonce, gas and fees; `undefined` if it cannot be paid. What waits at the nonce is a relay of an
 * earlier round, whose time is over.
 */
async function termsOf(
  world: RelayerWorld,
  { root }: Due,
  call: Call,
): Promise<Pick<RelayAttempt, 'nonce' | 'gas' | 'fees'> | undefined> {
  const { chain, journal, log, nowMs } = world
  const { head } = world.moment()
  if (head === undefined) return undefined
  const nonce = await chain.latestCount(root.signer)
  const before = journal.relayAt(root.signer, nonce)
  const policy = commitPolicy(world.feePolicy)
  const fees =
    before === undefined
      ? feesAt(head.baseFeeWei, policy)
      : replacementFees(before.fees, head.baseFeeWei, policy)
  const gas = relayGasLimit(size(call.calldata), call.signatures)
  const spentWei = spentOfDay(journal, nowMs())
  if (fees !== undefined && spentWei + gas * fees.maxFeePerGas <= world.dailyBudgetWei) {
    return { nonce, gas, fees }
  }
  log({
    event: 'relay-refused',
    voting_round_id: root.votingRoundId,
    reason: fees === undefined ? 'fee-ceiling' : 'daily-budget',
  })
  return undefined
}
