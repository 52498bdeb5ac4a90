/** What goes wrong in which round: drawn from a seed, so that a bad day can be had again. Pure. */

import { createHash } from 'node:crypto'
import { tapPlaces } from './device-tap.ts'

/** The journal's writes, as its functions are called: each is a state that survives a kill. */
export const journalPlaces = [
  'prepare',
  'reserve',
  'claimNonce',
  'recordAttempt',
  'markAttempt',
  'settle',
  'bindRoot',
  'noteSigning',
  'keepHeld',
] as const

/** Where a bridge is killed: at a write of its journal, or on its way to a signature. */
export const killPlaces: readonly string[] = [
  ...journalPlaces.flatMap((write) => [`before ${write}`, `after ${write}`]),
  ...tapPlaces.map((place) => `device ${place}`),
]

export type Mishap =
  | { readonly kind: 'kill'; readonly bridge: 0 | 1; readonly place: string; readonly nth: number }
  /** Gone, and not started again for so long. */
  | { readonly kind: 'outage'; readonly bridge: 0 | 1; readonly forMs: number }
  | { readonly kind: 'both-killed' }
  | { readonly kind: 'rpc-drops'; readonly count: number }
  | { readonly kind: 'rpc-loses-answers'; readonly count: number }
  | { readonly kind: 'rpc-fails'; readonly count: number }
  | { readonly kind: 'rpc-slow'; readonly delayMs: number }
  /** No node at all; a share of the round, for nobody can reveal through a whole window without one. */
  | { readonly kind: 'rpc-down'; readonly forShare: number }
  | { readonly kind: 'worker-slow'; readonly delayMs: number }
  | { readonly kind: 'worker-down'; readonly forMs: number }
  | { readonly kind: 'worker-loses-answers'; readonly count: number }
  | { readonly kind: 'device-locked'; readonly forMs: number }
  | { readonly kind: 'device-vanishes'; readonly forMs: number }
  | { readonly kind: 'device-refuses' }
  | { readonly kind: 'device-slow'; readonly delayMs: number }
  | { readonly kind: 'fee-spike'; readonly factor: number }

/** A mishap and when in its round it comes, as a fraction of the round. */
export type Planned = Mishap & { readonly at: number }

/** Shares of rounds, in percent; the rest goes undisturbed. */
const shares: readonly (readonly [number, (draw: Draw) => Mishap])[] = [
  [
    40,
    (draw) => ({
      kind: 'kill',
      bridge: draw.of([0, 1] as const),
      place: draw.of(killPlaces),
      nth: draw.of([1, 1, 1, 2, 3]),
    }),
  ],
  [5, (draw) => ({ kind: 'outage', bridge: draw.of([0, 1] as const), forMs: draw.upTo(25_000) })],
  [3, () => ({ kind: 'both-killed' })],
  [4, (draw) => ({ kind: 'rpc-drops', count: draw.upTo(3) })],
  [4, (draw) => ({ kind: 'rpc-loses-answers', count: draw.upTo(3) })],
  [4, (draw) => ({ kind: 'rpc-fails', count: draw.upTo(30) })],
  [3, (draw) => ({ kind: 'rpc-slow', delayMs: draw.upTo(400) })],
  [3, (draw) => ({ kind: 'rpc-down', forShare: draw.upTo(15) / 100 })],
  [3, (draw) => ({ kind: 'worker-slow', delayMs: draw.upTo(600) })],
  [4, (draw) => ({ kind: 'worker-down', forMs: draw.upTo(20_000) })],
  [3, (draw) => ({ kind: 'worker-loses-answers', count: draw.upTo(4) })],
  [2, (draw) => ({ kind: 'device-locked', forMs: draw.upTo(4_000) })],
  [2, (draw) => ({ kind: 'device-vanishes', forMs: draw.upTo(3_000) })],
  [2, () => ({ kind: 'device-refuses' })],
  [2, (draw) => ({ kind: 'device-slow', delayMs: draw.upTo(800) })],
  [3, (draw) => ({ kind: 'fee-spike', factor: draw.upTo(12) + 1 })],
]

/** The mishap of a round, if it has one. */
export function mishapOf(seed: string, round: number): Planned | undefined {
  const draw = drawing(`${seed} ${round}`)
  let left = draw.upTo(100)
  for (const [share, make] of shares) {
    left -= share
    if (left > 0) continue
    const mishap = make(draw)
    const at = mishap.kind === 'device-refuses' ? sittingAt : draw.upTo(1_000) / 1_000
    return { ...mishap, at }
  }
  return undefined
}

/** A person is asked from second 35 of 90 on. */
const sittingAt = 0.35

type Draw = {
  readonly of: <T>(list: readonly T[]) => T
  /** A whole number from 1. */
  readonly upTo: (most: number) => number
}

function drawing(name: string): Draw {
  let drawn = 0
  const next = (most: number) => {
    drawn += 1
    const digest = createHash('sha256').update(`${name} ${drawn}`).digest()
    return digest.readUIntBE(0, 6) % most
  }
  return {
    upTo: (most) => 1 + next(most),
    of: (list) => {
      const one = list[next(list.length)]
      if (one === undefined) throw new Error('Nothing can be drawn from an empty list.')
      return one
    },
  }
}
