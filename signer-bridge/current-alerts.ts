/** Which alerts are on, by what the live view sees of a bridge: its page, and its journal. Pure. */

import { alerts, driftAlarmSec, headAlarmSec, outboxAlarm } from './alerts.ts'
import type { Reading } from './reading.ts'
import type { RoundSummary } from './status.ts'

export type Seen = {
  readonly nowMs: number
  readonly reading?: Reading
  readonly rounds: readonly RoundSummary[]
}

/** What each alert goes by, where that is no line of the log. */
const measured: Readonly<Record<string, (seen: Seen) => boolean>> = {
  ChronoBalanceLow: ({ reading }) => reading?.balances.some(({ isLow }) => isLow) === true,
  ChronoDeviceNeedsHand: ({ reading }) =>
    reading?.devices.some(({ state }) => state !== 'ready') === true,
  ChronoClockDistrusted: ({ reading }) =>
    reading?.driftSec !== undefined &&
    (reading.driftSec < driftAlarmSec.behind || reading.driftSec > driftAlarmSec.ahead),
  ChronoChainLost: ({ reading, nowMs }) =>
    reading?.headTimestampSec !== undefined &&
    nowMs / 1_000 - reading.headTimestampSec > headAlarmSec,
  ChronoLeaseRefused: ({ reading }) => reading?.isLeaseHeld === false,
  ChronoOutboxGrowing: ({ reading }) => (reading?.outboxLength ?? 0) > outboxAlarm,
  ChronoBreakerOpened: ({ reading }) => (reading?.brokenKeys ?? 0) > 0,
  ChronoNodeDiffers: ({ reading }) => (reading?.nodesSetAside ?? 0) > 0,
  ChronoRegistrationDue: ({ reading }) => reading?.isRegistrationDue === true,
  ChronoGuardBlind: ({ reading }) => reading?.isGuardBlind === true,
  ChronoRevealMissed: ({ rounds }) => rounds.some(({ obligation }) => obligation === 'missed'),
  ChronoRootMismatch: ({ rounds }) => rounds.some((round) => round.root_status === 'mismatch'),
}

/** A sentence for each alert that is on; then for each whose events the log has had. */
export function currentAlerts(seen: Seen): readonly string[] {
  const on = alerts.filter(({ name }) => measured[name]?.(seen) === true)
  const told = alerts
    .filter((alert) => !on.includes(alert))
    .flatMap(({ what, events }) =>
      events.flatMap((event) => {
        const count = seen.reading?.events.get(event) ?? 0
        return count === 0 ? [] : [`since its start: ${what} (${event}, ${count} times)`]
      }),
    )
  return [...on.map(({ what }) => `NOW: ${what}`), ...told]
}
