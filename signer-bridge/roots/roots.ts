/** The roots' loop, joined with the bridge's own journal, keys, Worker and chain. */

import type { Address } from 'viem'
import type { EpochSchedule } from '../../src/protocol/epoch.ts'
import { protocolIds } from '../../src/protocol/payload.ts'
import { headsOf } from '../heads.ts'
import type { RootName } from '../journal/roots.ts'
import { keyFor, type Review } from '../ledger/signer.ts'
import type { Observer } from '../observer/observer.ts'
import { relayerOf } from '../relay/relayer.ts'
import { signRoot } from '../signer.ts'
import { lastSentMs } from '../windows.ts'
import type { World } from '../world.ts'
import { digestBook } from './digest-book.ts'
import { isRootOwed } from './owed-root.ts'
import { type RootsLoop, rootsLoopOf } from './root-loop.ts'
import type { RootMetrics } from './root-metrics.ts'
import { signaturesCall } from './signatures-call.ts'

export type RootsParts = {
  readonly world: World
  readonly observer: Observer
  readonly metrics: RootMetrics
  /** Where the Relay is, if rounds are to be relayed when we are drawn to. */
  readonly relay?: () => Address
}

export function rootsOf({ world, observer, metrics, relay }: RootsParts): RootsLoop {
  const heads = silentHeads(world)
  const { moment } = heads
  return rootsLoopOf({
    ...world,
    observer,
    metrics,
    heads,
    isOwed: (name) => isRootOwed(world, name),
    signerRefusal: world.breaker.signerRefusal,
    signRoot: (key, root) => {
      const asked = keyFor(key, rootReview(world.network.schedule, root))
      return world.breaker.watched(key.address, () => signRoot(asked, root))
    },
    digests: digestBook({ observer, network: world.network }),
    ...(relay !== undefined && { relayer: relayerOf({ ...world, observer, moment, relay }) }),
    call: signaturesCall(world, moment, {
      included: (protocols, sinceDeadlineSec) => {
        for (const protocolId of protocols) {
          if (protocolId !== protocolIds.ftso) metrics.companionReached(protocolId, 'included')
          else {
            metrics.rootReached('included')
            metrics.rootIncluded(sinceDeadlineSec)
          }
        }
      },
    }),
  })
}

/** What a person is told of a root, and until when its signature can still be sent. */
function rootReview(schedule: EpochSchedule, { protocolId, votingRoundId }: RootName): Review {
  const whose = protocolId === protocolIds.ftso ? '' : ` of protocol ${protocolId}`
  const untilMs = lastSentMs(schedule, { kind: 'submitSignatures', votingRoundId })
  return { what: `root${whose} of round ${votingRoundId}`, untilMs }
}

/** A look at the chain of its own, for neither loop waits for the other; the rounds' loop tells of it. */
function silentHeads(world: World) {
  const ignore = () => undefined
  return headsOf({ ...world, log: ignore, metrics: { ...world.metrics, headSeen: ignore } })
}
