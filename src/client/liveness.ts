/**
 * Whether a connection lives, judged by what is heard alone: a socket may die without a word, and
 * then no `close` ever comes.
 */

export type Liveness = {
  readonly pingAtMs: number
  readonly deadAtMs: number
  /** The server has been asked out of turn, and is not given another chance. */
  readonly isLastChance: boolean
}

/** What to do about a connection at an instant. */
export type Judgement =
  | { readonly kind: 'wait' }
  | { readonly kind: 'ping'; readonly liveness: Liveness }
  | { readonly kind: 'dead' }

/** The server is asked for a word this often, and is dead without one for so long. Milliseconds. */
const pingEveryMs = 20_000
const deadAfterMs = 45_000

/** How long the answer to a ping out of turn may take. Milliseconds. */
const lastChanceMs = 10_000

/**
 * Looking this much too late, we were asleep (a closed laptop, a hidden tab) and the silence may be
 * ours: the server is asked once more before it is judged. Milliseconds.
 */
const oversleptMs = 5_000

export function aliveAt(nowMs: number): Liveness {
  return { pingAtMs: nowMs + pingEveryMs, deadAtMs: nowMs + deadAfterMs, isLastChance: false }
}

/** Any word will do: prices prove as much as a pong. */
export function heardAt(liveness: Liveness, nowMs: number): Liveness {
  return { ...liveness, deadAtMs: nowMs + deadAfterMs, isLastChance: false }
}

/** When to judge next. */
export function judgeAtMs({ pingAtMs, deadAtMs }: Liveness): number {
  return Math.min(pingAtMs, deadAtMs)
}

export function judge(liveness: Liveness, nowMs: number): Judgement {
  const { pingAtMs, deadAtMs, isLastChance } = liveness
  if (nowMs >= deadAtMs) {
    const isOurSilence = !isLastChance && nowMs - deadAtMs >= oversleptMs
    return isOurSilence ? { kind: 'ping', liveness: lastChanceAt(nowMs) } : { kind: 'dead' }
  }
  return nowMs < pingAtMs
    ? { kind: 'wait' }
    : { kind: 'ping', liveness: { ...liveness, pingAtMs: nowMs + pingEveryMs } }
}

/** The connection is asked at once, and has not long to answer. */
export function lastChanceAt(nowMs: number): Liveness {
  return { pingAtMs: nowMs + pingEveryMs, deadAtMs: nowMs + lastChanceMs, isLastChance: true }
}
