/** What the bridge's routes need of the real world. Made only where a secret is shared. */

import type { BridgeDeps } from './api/round-ports.ts'
import { catalogue, listings } from './catalogue.ts'
import type { Settings } from './config.ts'
import type { ConsensusPolicy } from './core/consensus.ts'
import { hmacWith, sha256Hex, sha256OfBytes } from './digest.ts'
import { freezeBudget, type FreezeDeps, freezeRound } from './freeze.ts'
import type { Batch } from './history/history.ts'
import type { Kept } from './history/spill.ts'
import { inboxes } from './ingest-world.ts'
import type { Log } from './log.ts'
import { collectorsOf, feedsOf, streamOf } from './objects.ts'
import { feedId } from './protocol/feed.ts'
import type { QuotingDeps } from './quoting.ts'
import { roundMemoryOf } from './round-memory.ts'

type Parts = {
  readonly env: Env
  readonly settings: Settings
  readonly policy: ConsensusPolicy
  readonly keep: (batch: Batch, name: string) => Promise<Kept>
  readonly quoting: Pick<QuotingDeps, 'sha1' | 'nowMs' | 'workerId'>
  readonly log: Log
}

export async function bridgeDeps(secret: string, parts: Parts): Promise<BridgeDeps> {
  const { env, settings, keep, log } = parts
  const { lease, reserve, standBy, isAwaited, useNonce, report } = roundMemoryOf(
    env,
    settings.network.name,
  )
  const { announce } = streamOf(env, settings.streamShards)
  const freeze = freezeDeps(parts)
  return {
    lease,
    reserve,
    standBy,
    isAwaited,
    useNonce,
    report,
    hmacHex: await hmacWith(secret),
    sha256OfBytes,
    freeze: async (votingRoundId, request) => freezeRound(votingRoundId, request, freeze),
    keep: async (reports) => {
      // Named by all that is in it: a retry with other reports beside it is another batch.
      const name = await sha256Hex(reports.map(({ id }) => id).join())
      const rows = [...reports]
      return (await keep({ kind: 'submissions', rows }, `submissions-${name}`)).kind !== 'lost'
    },
    announce: async (reports) => {
      for (const failure of await announce(reports)) {
        log({ event: 'announcement-failed', reason: String(failure) })
      }
    },
  }
}

function freezeDeps({ env, settings, policy, quoting, log }: Parts): FreezeDeps {
  const { schedule, name } = settings.network
  const { latest, consider } = feedsOf(env, policy)
  const { frozen, store } = roundMemoryOf(env, name)
  const symbols = new Map<string, (typeof catalogue)[number]['symbol']>(
    catalogue.map((feed) => [feedId(feed), feed.symbol]),
  )
  return {
    ...quoting,
    listings,
    collectors: [
      ...collectorsOf(env, settings.liveSources).collectors(
        listings,
        freezeBudget(schedule).venueMs,
      ),
      ...inboxes(env, settings),
    ],
    latest,
    consider,
    frozen,
    store,
    symbolOf: (id) => symbols.get(id),
    schedule,
    tickMs: settings.tickMs,
    log,
  }
}
