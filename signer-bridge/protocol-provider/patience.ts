/**
 * Patience with a question that has no answer yet. The client that asks takes "ask again" at its
 * word: it does so at once and, for commits, only as often as it is set to (once). So a question is
 * held open for as long as its asker waits, and "ask again" is the last resort.
 */

export type Look<T> =
  | { readonly kind: 'answer'; readonly answer: T }
  /** Nothing yet; the next look is worth while after so long. Milliseconds. */
  | { readonly kind: 'wait'; readonly reason: string; readonly againMs: number }

export type Patience = {
  /** Resolves after so long. Milliseconds. */
  readonly sleep: (ms: number) => Promise<void>
  /** Never jumps. Milliseconds. */
  readonly steadyMs: () => number
}

export type Patiently<T> =
  | { readonly kind: 'answer'; readonly answer: T }
  /** No answer in time, and why there was none last. */
  | { readonly kind: 'no-answer'; readonly reason: string }

/**
 * Looks for an answer until there is one or time is up, whatever a look itself may wait for.
 *
 * @param patienceMs From now on.
 * @throws Whatever a look throws while there is time.
 */
export async function patiently<T>(
  { sleep, steadyMs }: Patience,
  patienceMs: number,
  look: () => Promise<Look<T>>,
): Promise<Patiently<T>> {
  const endMs = steadyMs() + patienceMs
  let reason = 'It takes longer than the asker waits.'
  for (;;) {
    const leftMs = endMs - steadyMs()
    if (leftMs <= 0) return { kind: 'no-answer', reason }
    const looked = look()
    // Time may be up before this look ends: nobody is left to hear how it failed.
    looked.catch(() => undefined)
    const seen = await Promise.race([looked, sleep(leftMs)])
    if (seen === undefined) return { kind: 'no-answer', reason }
    if (seen.kind === 'answer') return seen
    reason = seen.reason
    await sleep(Math.min(seen.againMs, Math.max(0, endMs - steadyMs())))
  }
}

/** One undertaking for each key at a time: whoever comes while it is under way shares it. */
export function oneAtATime<K, T>(): (key: K, undertake: () => Promise<T>) => Promise<T> {
  const underWay = new Map<K, Promise<T>>()
  return (key, undertake) => {
    const known = underWay.get(key)
    if (known !== undefined) return known
    const begun = undertake().finally(() => underWay.delete(key))
    underWay.set(key, begun)
    return begun
  }
}
