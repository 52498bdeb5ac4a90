/**
 * The demand for fresh prices: who answers a value provider's clients tells of it, and cron, which
 * runs elsewhere, asks for it. Both do so seldom: a demand lasts, and what is asked often is
 * remembered for a few seconds.
 */

/** A demand that nobody renews ends after this long. Longer than value providers pause. */
const lastsMs = 60_000

/** Who goes on wanting says so this often. */
const renewedEveryMs = 20_000

/** A demand is noticed this late at most. */
const askedEveryMs = 10_000

/** Whether fresh prices are wanted at an instant, Unix milliseconds. */
export type Demand = (atMs: number) => Promise<boolean>

/**
 * A function to be called whenever a client has asked, as often as that may be. It waits for nothing
 * and never fails.
 *
 * @param deps.want Tells that fresh prices are wanted until an instant, Unix milliseconds.
 */
export function demandTeller(deps: {
  readonly nowMs: () => number
  readonly want: (untilMs: number) => Promise<void>
  readonly defer: (promise: Promise<void>) => void
  readonly log: (event: { readonly event: string; readonly reason: string }) => void
}): () => void {
  let toldAtMs = Number.NEGATIVE_INFINITY
  const tell = async (untilMs: number): Promise<void> => {
    try {
      await deps.want(untilMs)
    } catch (error) {
      // Told again by the next one who asks.
      toldAtMs = Number.NEGATIVE_INFINITY
      deps.log({ event: 'demand-not-told', reason: String(error) })
    }
  }
  return () => {
    const nowMs = deps.nowMs()
    if (nowMs - toldAtMs < renewedEveryMs) return
    toldAtMs = nowMs
    deps.defer(tell(nowMs + lastsMs))
  }
}

/** What a minute of cron knows of the demand. One that cannot be asked for is none. */
export function demandOf(deps: {
  readonly wantedUntilMs: () => Promise<number>
  readonly log: (event: { readonly event: string; readonly reason: string }) => void
}): Demand {
  let askedAtMs = Number.NEGATIVE_INFINITY
  let untilMs = 0
  return async (atMs) => {
    if (atMs - askedAtMs >= askedEveryMs) {
      askedAtMs = atMs
      try {
        untilMs = await deps.wantedUntilMs()
      } catch (error) {
        deps.log({ event: 'demand-unknown', reason: String(error) })
      }
    }
    return atMs < untilMs
  }
}
