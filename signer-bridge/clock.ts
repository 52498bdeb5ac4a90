/**
 * Whether this machine's clock can be trusted: the stamps of blocks are held against it. A clock
 * that is off stops new commits and never an owed reveal, which goes by block time alone.
 */

/** No new commit while the clock is further off than this. */
export const maxDriftMs = 2_000

/** A stamp is cut to the second, and a block is a moment old when it is seen. */
const stampAgeMs = 1_500

/** So many of the last heads are looked at: the youngest among them says most. */
const samples = 8

export type ClockCheck = {
  /** Notes the stamp of a head and this machine's time when it was seen. */
  readonly note: (timestampSec: number, wallMs: number) => void
  readonly isTrusted: () => boolean
  /** How far this clock is ahead of the youngest stamp, milliseconds; none before the first. */
  readonly driftMs: () => number | undefined
}

/** Without a head there is nothing to trust. */
export function clockCheck(): ClockCheck {
  const leads: number[] = []
  const driftMs = () => (leads.length === 0 ? undefined : Math.min(...leads))
  return {
    note: (timestampSec, wallMs) => {
      leads.push(wallMs - timestampSec * 1_000)
      if (leads.length > samples) leads.shift()
    },
    isTrusted: () => {
      const drift = driftMs()
      return drift !== undefined && isSmall(drift)
    },
    driftMs,
  }
}

/** Whether a clock shows the present of a block that is the latest one. */
export function bearsOut(wallMs: number, timestampSec: number): boolean {
  return isSmall(wallMs - timestampSec * 1_000)
}

function isSmall(driftMs: number): boolean {
  return driftMs >= -maxDriftMs && driftMs <= maxDriftMs + stampAgeMs
}
