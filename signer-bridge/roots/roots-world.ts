/** What the roots' loop is given, and what it remembers of the round that it is at. */

import type { Companion } from '../companions/companion.ts'

import type { EpochSchedule } from '../../src/protocol/epoch.ts'
import type { Heads } from '../heads.ts'
import type { RootBook, RootName, RootRow } from '../journal/roots.ts'
import type { Observer } from '../observer/observer.ts'
import type { Pace } from '../pace.ts'
import type { Relayer } from '../relay/relayer.ts'
import type { ChecksWorld } from './checks.ts'
import type { FactsWorld } from './root-facts.ts'
import type { RootMetrics } from './root-metrics.ts'
import type { SigningWorld } from './sign-root.ts'
import type { SignaturesCall } from './signatures-call.ts'

/** All that it takes to bring one protocol's roots on chain. */
export type TrackWorld = SigningWorld &
  FactsWorld & {
    readonly network: { readonly chainId: number; readonly schedule: EpochSchedule }
    readonly heads: Pick<Heads, 'moment'>
    readonly journal: Pick<RootBook, 'rootOf' | 'openRoots' | 'closeRoot'>
    readonly call: SignaturesCall
    readonly metrics: Pick<RootMetrics, 'rootReached'>
    /** Who else may have something for the same call; absent where nobody can. */
    readonly company?: Company
  }

/** The companions, as our own root sees them. */
export type Company = {
  /** Whether one of them may be ready in a moment. */
  readonly isAwaited: (votingRoundId: number) => boolean
  /** The signed roots that are to travel in our call. */
  readonly rootsFor: (votingRoundId: number) => readonly RootRow[]
}

/** The world of the whole loop. */
export type RootsWorld = Omit<
  TrackWorld,
  'protocolId' | 'resultOf' | 'company' | 'confirmationOf'
> &
  ChecksWorld & {
    readonly sleep: (ms: number) => Promise<void>
    /** Never jumps. */
    readonly steadyMs: () => number
    /** Whether a root must follow what we have said in its round: also while the process is to end. */
    readonly isOwed: (name: RootName) => boolean
    readonly heads: Pick<Heads, 'refresh' | 'moment'>
    readonly observer: Pick<
      Observer,
      'outcomeOf' | 'finalisationOf' | 'relayHeardOf' | 'epochOf' | 'stretch' | 'confirmationOf'
    >
    readonly metrics: Pick<RootMetrics, 'rootReached' | 'companionReached'>
    readonly pace: Pick<Pace, 'pollMs' | 'restMs' | 'workerMs' | 'retryMs'>
    readonly companions: readonly Companion[]
    /** Absent where the operator relays nothing. */
    readonly relayer?: Relayer
  }

/** All else is in the journal. */
export type AtRound = {
  readonly votingRoundId: number
  /** What has been said of it, so that it is said once. */
  readonly said: Set<string>
  /** Why nothing is signed yet; absent once something is, or nothing ever will be. */
  waitsFor?: string
  /** Since when the signature could be sent, and was held back for company. This machine's clock. */
  heldSinceMs?: number
}
