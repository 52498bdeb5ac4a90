/**
 * What to do next about a round's root: the one place that decides it, from what has been read of
 * the chain, what the journal has, and block time. Pure, so that every reason can be tested.
 *
 *     reveal deadline          grace ends                                end of the next round
 *     of R + 1, +45 s          +60 s                                     +90 s
 *     ├── signatures rewarded ──┼── rewarded until the first finalisation ──┤
 */

import type { Address, Hex } from 'viem'
import { type EpochSchedule, votingRoundStartMs } from '../../src/protocol/epoch.ts'
import { timetableMs } from '../../src/protocol/timetable.ts'
import type { Confirmation, ObservedEpoch, ObservedOutcome } from '../observer/observer.ts'

/** What the journal has of a round's root. */
export type RootState =
  /** Bound to this message, and nothing signed that we know of. */
  | { readonly kind: 'bound'; readonly message: Hex }
  | { readonly kind: 'signed'; readonly message: Hex }
  /** Never to be signed: by the Worker's word, a person's, or because another one was read later. */
  | { readonly kind: 'refused'; readonly message: Hex; readonly reason: RefusedReason }

/** Why a root that was bound is never signed or sent again. */
export type RefusedReason = 'reserved-by-another' | 'root-conflict' | 'signing-denied'

/** Our keys for the reward epoch of the round; in lower case. */
export type RootKeys = {
  readonly signingPolicyAddress: Address
  readonly submitSignaturesAddress: Address
}

/** What a round's result is: our own, as it is read of the chain, or what a companion says of its. */
export type RootOutcome =
  | { readonly kind: 'result'; readonly message: Hex }
  | Exclude<ObservedOutcome, { kind: 'result' }>
  /** The companion has not answered yet, or it may say more when it is asked again. */
  | { readonly kind: 'unheard' }
  /** The companion has nothing for this round. */
  | { readonly kind: 'nothing-to-say' }

export type RootFacts = {
  readonly outcome: RootOutcome
  /** The 38 bytes that the chain holds for final; absent while nothing is. */
  readonly finalisedMessage?: Hex
  /** The round's reward epoch; absent while its facts are not known. */
  readonly epoch?: Pick<ObservedEpoch, 'voters'>
  /** Absent where the operator gave none for that reward epoch. */
  readonly keys?: RootKeys
  readonly root?: RootState
  /** What other nodes say of the blocks behind the outcome; absent where it is not made of blocks. */
  readonly confirmation?: Confirmation
  /** Whether our `submitSignatures` is on chain, or its end is known otherwise. */
  readonly isCallSettled: boolean
}

/** May be over at the next look. */
export type WaitReason =
  | 'window-not-open'
  | 'round-not-read'
  | 'earlier-rounds-not-read'
  | 'reward-epoch-not-known'
  | 'companion-silent'
  | 'blocks-unconfirmed'
  | 'blocks-contradicted'

/** Stands for the round. */
export type RefuseReason =
  | 'no-keys'
  | 'not-a-voter'
  | 'sender-not-registered'
  | 'no-result'
  | 'finalised-otherwise'
  | RefusedReason

export type DoneReason = 'window-over' | 'call-settled' | 'finalised-first' | 'nothing-to-say'

export type RootStep =
  | { readonly kind: 'wait'; readonly reason: WaitReason }
  | { readonly kind: 'refuse'; readonly reason: RefuseReason }
  /** Bind the round to the message, reserve it, sign it. */
  | {
      readonly kind: 'sign'
      readonly message: Hex
      /** Set where no other node has said anything of its blocks, and there is no more time. */
      readonly isUnconfirmed?: true
    }
  /** It is signed: get it on chain. */
  | { readonly kind: 'send' }
  /** The round is bound to `bound`, and the chain has been read to mean another: alert, and stop. */
  | { readonly kind: 'conflict'; readonly bound: Hex; readonly message: Hex }
  | { readonly kind: 'done'; readonly reason: DoneReason }

/** The instants of a root, Unix milliseconds of block time. */
export type RootWindow = {
  readonly opensMs: number
  /** A signature before this is rewarded, whatever has been relayed. */
  readonly graceEndMs: number
  readonly closesMs: number
}

/** When a round's root may be signed and sent. */
export function rootWindowOf(schedule: EpochSchedule, votingRoundId: number): RootWindow {
  const { revealDeadline, signatureGraceEnd } = timetableMs(schedule)
  const nextMs = votingRoundStartMs(schedule, votingRoundId + 1)
  return {
    opensMs: nextMs + revealDeadline,
    graceEndMs: nextMs + signatureGraceEnd,
    closesMs: votingRoundStartMs(schedule, votingRoundId + 2),
  }
}

/** Of the grace period, companions are waited for so long once our own signature is there: 1 s of 15. */
export function companyWaitMs({ opensMs, graceEndMs }: RootWindow): number {
  return (graceEndMs - opensMs) / 15
}

/**
 * When what is there goes out though more may still come (a companion's signature without ours, ours
 * without a second node's word): with a third of the grace period left, in which it has to land.
 */
export function aloneFromMs({ opensMs, graceEndMs }: RootWindow): number {
  return graceEndMs - (graceEndMs - opensMs) / 3
}

/**
 * The next step of a round's root.
 *
 * @param nowMs Block time, Unix milliseconds.
 */
export function rootStepAt(window: RootWindow, facts: RootFacts, nowMs: number): RootStep {
  if (nowMs < window.opensMs) return { kind: 'wait', reason: 'window-not-open' }
  if (nowMs >= window.closesMs) return { kind: 'done', reason: 'window-over' }
  return openStep(window, facts, nowMs)
}

function openStep(window: RootWindow, facts: RootFacts, nowMs: number): RootStep {
  const { graceEndMs } = window
  if (facts.isCallSettled) return { kind: 'done', reason: 'call-settled' }
  if (facts.root?.kind === 'refused') return { kind: 'refuse', reason: facts.root.reason }

  const conflict = conflictOf(facts)
  if (conflict !== undefined) return conflict
  // In the grace period a signature is rewarded also behind the finalisation.
  if (facts.finalisedMessage !== undefined && nowMs >= graceEndMs) {
    return { kind: 'done', reason: 'finalised-first' }
  }
  if (facts.root?.kind === 'signed') return signedStep(facts)
  const step = unsignedStep(facts)
  return step.kind === 'sign'
    ? confirmedStep(step, facts.confirmation, nowMs >= aloneFromMs(window))
    : step
}

/**
 * A root whose blocks were read from one node waits for another to say the same; nobody is worth the
 * grace period, as long as nobody says otherwise.
 */
function confirmedStep(
  step: Extract<RootStep, { kind: 'sign' }>,
  confirmation: Confirmation = 'confirmed',
  isTime: boolean,
): RootStep {
  switch (confirmation) {
    case 'confirmed':
      return step
    case 'awaited':
      return isTime
        ? { ...step, isUnconfirmed: true }
        : { kind: 'wait', reason: 'blocks-unconfirmed' }
    case 'contradicted':
      return { kind: 'wait', reason: 'blocks-contradicted' }
  }
}

/** A round is bound once: what is read later to mean another root is an alarm, never a signature. */
function conflictOf({ root, outcome }: RootFacts): RootStep | undefined {
  if (root === undefined || outcome.kind !== 'result' || outcome.message === root.message) {
    return undefined
  }
  return { kind: 'conflict', bound: root.message, message: outcome.message }
}

/** The signature is in the journal: after a restart nothing has to be read again to send it. */
function signedStep({ root, finalisedMessage, keys }: RootFacts): RootStep {
  if (isOtherwise(finalisedMessage, root?.message)) {
    return { kind: 'refuse', reason: 'finalised-otherwise' }
  }
  return keys === undefined ? { kind: 'refuse', reason: 'no-keys' } : { kind: 'send' }
}

function unsignedStep(facts: RootFacts): RootStep {
  const { outcome, epoch, keys, finalisedMessage } = facts
  if (epoch === undefined) return { kind: 'wait', reason: 'reward-epoch-not-known' }
  const refusal = keysRefusal(epoch, keys)
  if (refusal !== undefined) return { kind: 'refuse', reason: refusal }

  switch (outcome.kind) {
    case 'not-yet':
      return { kind: 'wait', reason: 'round-not-read' }
    case 'incomplete':
      return { kind: 'wait', reason: 'earlier-rounds-not-read' }
    case 'unheard':
      return { kind: 'wait', reason: 'companion-silent' }
    case 'nothing-to-say':
      return { kind: 'done', reason: 'nothing-to-say' }
    case 'no-result':
      return { kind: 'refuse', reason: 'no-result' }
    case 'result':
      return isOtherwise(finalisedMessage, outcome.message)
        ? { kind: 'refuse', reason: 'finalised-otherwise' }
        : { kind: 'sign', message: outcome.message }
  }
}

/** Only a voter's signature is worth anything, and only its registered sender's fee is subsidised. */
function keysRefusal(
  { voters }: Pick<ObservedEpoch, 'voters'>,
  keys: RootKeys | undefined,
): RefuseReason | undefined {
  if (keys === undefined) return 'no-keys'
  const voter = voters.find(
    ({ signingPolicyAddress }) => signingPolicyAddress === keys.signingPolicyAddress,
  )
  if (voter === undefined) return 'not-a-voter'
  return voter.submitSignaturesAddress === keys.submitSignaturesAddress
    ? undefined
    : 'sender-not-registered'
}

function isOtherwise(finalised: Hex | undefined, message: Hex | undefined): boolean {
  return finalised !== undefined && finalised !== message
}
