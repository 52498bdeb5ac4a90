/**
 * Whether the signer bridge is there: a dead man's handle. It renews its lease several times a minute;
 * when nobody has done so for a while, nobody commits, and a person has to hear of it. Pure.
 */

/** When each kind of bridge was heard last; absent where none ever was. */
export type BridgesHeard = {
  /** Whoever acts: it asked for the lease. Unix milliseconds. */
  readonly actingAtMs?: number
  /** Bridges that stand by and were heard within the last seconds. */
  readonly standbys: number
}

export type BridgePresence = {
  readonly heardAtMs: number
  /** Nobody acts. */
  readonly isSilent: boolean
  readonly standbys: number
}

/** Two thirds of a round without a renewal, of which there are a dozen in it. */
const silentAfterMs = 60_000

/** After a week nobody waits for it any more: it was taken down. */
const forgottenAfterMs = 7 * 24 * 3_600_000

/** @returns `undefined` where no bridge has acted within a week: then none is missed. */
export function bridgePresence(
  { actingAtMs, standbys }: BridgesHeard,
  nowMs: number,
): BridgePresence | undefined {
  if (actingAtMs === undefined || nowMs - actingAtMs > forgottenAfterMs) return undefined
  return { heardAtMs: actingAtMs, isSilent: nowMs - actingAtMs > silentAfterMs, standbys }
}
