/**
 * In which form of digest a round's root is to be signed, out of what peers have signed on chain.
 * Nothing is signed on the strength of a date or of our own earlier signatures: peers' signatures
 * must recover to voters of the round's own signing policy.
 */

import type { Address, Hex } from 'viem'
import { digestInForce, type PeerSignature } from '../../src/protocol/digest-in-force.ts'
import { type DigestForm, digestFormOf } from '../../src/protocol/digests.ts'
import type { NetworkName } from '../../src/protocol/networks.ts'
import { protocolIds } from '../../src/protocol/payload.ts'
import { readProtocolMessage } from '../../src/protocol/protocol-message.ts'
import { totalWeightOf } from '../../src/protocol/signing-policy.ts'
import { readSubmitSignatures } from '../../src/protocol/submit-signatures.ts'
import type { ObservedEpoch, Observer, PeerCall } from '../observer/observer.ts'
import { finalisedMessageOf } from './finalised-message.ts'

/** The form to sign in, and whether it may be remembered for the reward epoch. */
export type DigestChoice =
  | { readonly kind: 'chosen'; readonly form: DigestForm; readonly isClear: boolean }
  /** Nobody else has signed what we know: on a network of others nothing is signed then. */
  | { readonly kind: 'no-peer-signatures' }
  /** Peers and the chain's dates disagree, or peers with one another. */
  | { readonly kind: 'digest-unclear' }

export type EvidenceWorld = {
  readonly observer: Pick<
    Observer,
    'signaturesFor' | 'finalisationOf' | 'outcomeOf' | 'epochOf' | 'firstChainBoundRound'
  >
  readonly network: { readonly name: NetworkName; readonly chainId: number }
}

export type EvidenceQuestion = {
  readonly votingRoundId: number
  readonly epoch: ObservedEpoch
  /** Ours: what it signed itself is no evidence, whoever sent it. In lower case. */
  readonly signingPolicyAddress: Address
}

/** So many rounds before the round itself are looked at, as long as they are of its reward epoch. */
const roundsBefore = 3

/** So many voters say enough. */
const clearVoters = 3

/**
 * Two frames of each of a policy's 100 voters; those of voters' own senders come first, for anybody
 * may send.
 */
const maxPeers = 200

/** A form that is known is confirmed by so few: a recovery takes milliseconds. */
const peersToConfirm = 8

/**
 * Chooses a form, afresh.
 *
 * @param known The form that has been clear in this reward epoch: then a few signatures do, and one
 *   that speaks for the other form has all of them looked at.
 */
export async function digestChoiceOf(
  world: EvidenceWorld,
  question: EvidenceQuestion,
  known?: DigestForm,
): Promise<DigestChoice> {
  const peers = peersOf(world, question)
  if (known !== undefined) {
    const few = await judged(world, question, peers.slice(0, peersToConfirm))
    if (few.form === undefined && few.isSilent) {
      return { kind: 'chosen', form: known, isClear: true }
    }
    if (few.form === known) return { kind: 'chosen', form: known, isClear: true }
  }
  return choiceOf(world, question, await judged(world, question, peers))
}

type Verdict = {
  readonly form?: DigestForm
  /** Whether neither form recovers anybody. */
  readonly isSilent: boolean
  readonly voters: number
  readonly hasMajority: boolean
}

async function judged(
  { network }: EvidenceWorld,
  { epoch, signingPolicyAddress }: EvidenceQuestion,
  peers: readonly PeerSignature[],
): Promise<Verdict> {
  const { policy } = epoch
  const others = policy.voters.filter(({ address }) => address !== signingPolicyAddress)
  const found = await digestInForce({ ...policy, voters: others }, network.chainId, peers)
  const { form, signers, weight } = found
  const isSilent = signers.legacy.length + signers['chain-bound'].length === 0
  if (form === undefined) return { isSilent, voters: 0, hasMajority: false }
  return {
    form,
    isSilent,
    voters: signers[form].length,
    hasMajority: weight[form] > totalWeightOf(policy.voters) / 2,
  }
}

function choiceOf(
  { observer, network }: EvidenceWorld,
  { votingRoundId }: EvidenceQuestion,
  { form, isSilent, voters, hasMajority }: Verdict,
): DigestChoice {
  const first = observer.firstChainBoundRound()
  const byDate = first === undefined ? undefined : digestFormOf(votingRoundId, first)
  if (isSilent) {
    // A Flare of one's own may have no other voter that signs, and no past to be careful of.
    return network.name === 'local' && byDate !== undefined
      ? { kind: 'chosen', form: byDate, isClear: false }
      : { kind: 'no-peer-signatures' }
  }
  if (form === undefined) return { kind: 'digest-unclear' }
  if (byDate !== undefined && byDate !== form && !hasMajority) return { kind: 'digest-unclear' }
  return { kind: 'chosen', form, isClear: hasMajority || voters >= clearVoters }
}

/** What peers signed, each with the message that it is taken to be of; final rounds come first. */
function peersOf(world: EvidenceWorld, question: EvidenceQuestion): readonly PeerSignature[] {
  return roundsOfEvidence(question)
    .flatMap((round) => signaturesOf(world, question, round))
    .slice(0, maxPeers)
}

/** The rounds whose signatures are looked at: some before the round, and the round itself last. */
export function roundsOfEvidence({
  votingRoundId,
  epoch,
}: Pick<EvidenceQuestion, 'votingRoundId' | 'epoch'>): readonly number[] {
  const earlier = Array.from({ length: roundsBefore }, (_, i) => votingRoundId - 1 - i)
  return [...earlier.filter((round) => round >= epoch.policy.startVotingRoundId), votingRoundId]
}

function signaturesOf(
  { observer }: EvidenceWorld,
  { epoch }: EvidenceQuestion,
  round: number,
): readonly PeerSignature[] {
  const senders = new Set(
    epoch.voters.map(({ submitSignaturesAddress }) => submitSignaturesAddress),
  )
  const message = messageOf(observer, round)
  const calls = observer.signaturesFor(protocolIds.ftso, round)
  return [
    ...calls.filter(({ sender }) => senders.has(sender)),
    ...calls.filter(({ sender }) => !senders.has(sender)),
  ].flatMap((call) => peerSignatureOf(call, round, message))
}

/** The message of a round: the one that was relayed, or else our own. */
function messageOf(observer: EvidenceWorld['observer'], round: number): Hex | undefined {
  const finalised = observer.finalisationOf(protocolIds.ftso, round)
  if (finalised !== undefined) return finalisedMessageOf(finalised)
  const outcome = observer.outcomeOf(round)
  return outcome.kind === 'result' ? outcome.message : undefined
}

/** A payload of type 0 carries its message, which must be of the round: the round tells the form. */
function peerSignatureOf(
  { payload }: PeerCall,
  round: number,
  message: Hex | undefined,
): readonly PeerSignature[] {
  const read = readSubmitSignatures(payload)
  if (read === undefined) return []
  if (read.type === 1) return message === undefined ? [] : [{ message, signature: read.signature }]
  const said = readProtocolMessage(read.message)
  const isOfRound = said?.protocolId === protocolIds.ftso && said.votingRoundId === round
  return isOfRound ? [{ message: read.message, signature: read.signature }] : []
}
