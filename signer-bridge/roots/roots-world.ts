/** What the roots' loop is given, and what it remembers of the round that it is at. */

import type { EpochSchedule } from '../../src/protocol/epoch.ts'
import type { Heads } from '../heads.ts'
import type { RootBook } from '../journal/roots.ts'
import type { Observer } from '../observer/observer.ts'
import type { Pace } from '../pace.ts'
import type { Relayer } from '../relay/relayer.ts'
import type { Keyring } from '../roles.ts'
import type { ChecksWorld } from './checks.ts'
import type { RootMetrics } from './root-metrics.ts'
import type { SigningWorld } from './sign-root.ts'
import type { SignaturesCall } from './signatures-call.ts'

export type RootsWorld = SigningWorld &
  ChecksWorld & {
    readonly sleep: (ms: number) => Promise<void>
    readonly network: { readonly chainId: number; readonly schedule: EpochSchedule }
    readonly heads: Pick<Heads, 'refresh' | 'moment'>
    readonly observer: Pick<Observer, 'outcomeOf' | 'finalisationOf' | 'epochOf' | 'stretch'>
    readonly journal: Pick<RootBook, 'rootOf' | 'openRoots' | 'closeRoot'>
    readonly keyring: Keyring
    readonly call: SignaturesCall
    readonly metrics: Pick<RootMetrics, 'rootReached'>
    readonly pace: Pick<Pace, 'pollMs' | 'restMs' | 'workerMs'>
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
}
