/** The status of sources that are listened to: how they came, and how the socket fares. */

import type { SourceStatus } from '../../protocol/status.ts'
import type { LiveReport } from './manager.ts'

/**
 * What REST knows of its sources together with what the sockets know of theirs. A source that came
 * by its socket alone is well, however REST last fared; one that was never asked over REST is added.
 */
export function withLive(
  asked: readonly SourceStatus[],
  reports: ReadonlyMap<string, LiveReport>,
): SourceStatus[] {
  const askedFor = new Set(asked.map(({ source }) => source))
  const unasked = [...reports.keys()].filter((source) => !askedFor.has(source))
  return [...asked, ...unasked.map(neverAsked)]
    .map((status) => {
      const report = reports.get(status.source)
      return report === undefined ? status : listenedTo(status, report)
    })
    .toSorted((a, b) => (a.source < b.source ? -1 : 1))
}

function neverAsked(source: string): SourceStatus {
  return { source, ok: true, consecutive_failures: 0 }
}

/** Neither moved nor at rest while the socket tells all: REST is not asked then. */
function listenedTo(status: SourceStatus, { live, last }: LiveReport): SourceStatus {
  if (live.came_by !== 'live' || last === undefined) return { ...status, live }
  const { blocked_here: _blocked, retry_at: _retry, circuit: _circuit, ...rest } = status
  return {
    ...rest,
    ok: true,
    consecutive_failures: 0,
    last_success_at: last.atMs,
    last_tickers: last.tickers,
    live,
  }
}
