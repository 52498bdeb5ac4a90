/** What goes wrong in which round: drawn from a seed, so that a bad day can be had again. Pure. */

import { createHash } from 'node:crypto'
import type { Lie } from './node-door.ts'
import type { SignerKind } from './places.ts'

type HostNumber = 0 | 1
/** Of the two nodes, or both. */
type Doors = readonly (0 | 1)[]

export type Mishap =
  /** At the next place of the deck, at its nth visit, whoever of the two comes there first. */
  | { readonly kind: 'kill'; readonly nth: number }
  /** Gone, and not started again for so long. */
  | { readonly kind: 'outage'; readonly host: HostNumber; readonly forMs: number }
  | { readonly kind: 'both-killed' }
  /** Stopped in the middle of whatever it does, and woken long after: a lease may be over by then. */
  | { readonly kind: 'stalled'; readonly host: HostNumber; readonly forMs: number }
  | { readonly kind: 'clock-wrong'; readonly host: HostNumber; readonly byMs: number }
  | { readonly kind: 'rpc-drops'; readonly doors: Doors; readonly count: number }
  | { readonly kind: 'rpc-loses-answers'; readonly doors: Doors; readonly count: number }
  | { readonly kind: 'rpc-fails'; readonly doors: Doors; readonly count: number }
  | { readonly kind: 'rpc-slow'; readonly doors: Doors; readonly delayMs: number }
  /** One node, for as long as it likes. */
  | { readonly kind: 'rpc-node-down'; readonly doors: Doors; readonly forMs: number }
  /** No node at all; a share of the round, for nobody can reveal through a whole window without one. */
  | { readonly kind: 'rpc-down'; readonly forShare: number }
  | { readonly kind: 'rpc-lies'; readonly doors: Doors; readonly lie: Lie }
  /** One node takes questions and answers none; whoever has committed dies, and starts beside it. */
  | { readonly kind: 'rpc-hangs'; readonly doors: Doors }
  | { readonly kind: 'worker-slow'; readonly delayMs: number }
  | { readonly kind: 'worker-down'; readonly forMs: number }
  | { readonly kind: 'worker-loses-answers'; readonly count: number }
  | { readonly kind: 'device-locked'; readonly forMs: number }
  | { readonly kind: 'device-vanishes'; readonly forMs: number }
  | { readonly kind: 'device-refuses' }
  | { readonly kind: 'device-slow'; readonly delayMs: number }
  | { readonly kind: 'companion-down'; readonly forMs: number }
  | { readonly kind: 'companion-slow'; readonly delayMs: number }
  | { readonly kind: 'fee-spike'; readonly factor: number }

/** A mishap and when in its round it comes, as a fraction of the round. */
export type Planned = Mishap & { readonly at: number }

type Share = readonly [number, (draw: Draw) => Mishap]

const oneDoor: readonly Doors[] = [[0], [1]]
const someDoors: readonly Doors[] = [[0], [1], [0, 1]]
const bothHosts = [0, 1] as const

/** Shares of rounds, in percent; the rest goes undisturbed. */
const shares: readonly Share[] = [
  [44, (draw) => ({ kind: 'kill', nth: draw.of([1, 1, 2]) })],
  [4, (draw) => ({ kind: 'outage', host: draw.of(bothHosts), forMs: draw.upTo(25_000) })],
  [2, () => ({ kind: 'both-killed' })],
  [4, (draw) => ({ kind: 'stalled', host: draw.of(bothHosts), forMs: draw.upTo(25_000) })],
  [
    3,
    (draw) => ({
      kind: 'clock-wrong',
      host: draw.of(bothHosts),
      byMs: draw.of([-1, 1] as const) * draw.upTo(30_000),
    }),
  ],
  [2, (draw) => ({ kind: 'rpc-drops', doors: draw.of(someDoors), count: draw.upTo(3) })],
  [2, (draw) => ({ kind: 'rpc-loses-answers', doors: draw.of(someDoors), count: draw.upTo(3) })],
  [3, (draw) => ({ kind: 'rpc-fails', doors: draw.of(someDoors), count: draw.upTo(30) })],
  [2, (draw) => ({ kind: 'rpc-slow', doors: draw.of(someDoors), delayMs: draw.upTo(400) })],
  [2, (draw) => ({ kind: 'rpc-node-down', doors: draw.of(oneDoor), forMs: draw.upTo(30_000) })],
  [2, (draw) => ({ kind: 'rpc-down', forShare: draw.upTo(15) / 100 })],
  [5, (draw) => ({ kind: 'rpc-lies', doors: draw.of(oneDoor), lie: draw.of(lies) })],
  [2, (draw) => ({ kind: 'worker-slow', delayMs: draw.upTo(600) })],
  [4, (draw) => ({ kind: 'worker-down', forMs: draw.upTo(20_000) })],
  [2, (draw) => ({ kind: 'worker-loses-answers', count: draw.upTo(4) })],
  [3, (draw) => ({ kind: 'fee-spike', factor: draw.upTo(12) + 1 })],
]

/** What can happen to where keys are, and to what travels with them. */
const sharesBySigner: Readonly<Record<SignerKind, readonly Share[]>> = {
  ledger: [
    [1, (draw) => ({ kind: 'device-locked', forMs: draw.upTo(4_000) })],
    [1, (draw) => ({ kind: 'device-vanishes', forMs: draw.upTo(3_000) })],
    [1, () => ({ kind: 'device-refuses' })],
    [2, (draw) => ({ kind: 'device-slow', delayMs: draw.upTo(800) })],
  ],
  keystore: [
    [2, (draw) => ({ kind: 'companion-down', forMs: draw.upTo(20_000) })],
    [3, (draw) => ({ kind: 'companion-slow', delayMs: draw.upTo(1_500) })],
  ],
}

/** Behind all others: the rounds of a seed keep the mishaps that they had without it. */
const hanging: Share = [2, (draw) => ({ kind: 'rpc-hangs', doors: draw.of(oneDoor) })]

const sharesOf = (signer: SignerKind) => [...shares, ...sharesBySigner[signer], hanging]

/** Every kind that a soak with such keys can have. */
export function mishapKinds(signer: SignerKind): readonly Mishap['kind'][] {
  return sharesOf(signer).map(([, make]) => make(drawing('any')).kind)
}

const lies = ['early-head', 'stale-head', 'nonce-ahead', 'invented-receipt', 'omits-calls'] as const

/** The mishap of a round, if it has one. */
export function mishapOf(seed: string, round: number, signer: SignerKind): Planned | undefined {
  const draw = drawing(`${seed} ${round}`)
  let left = draw.upTo(100)
  for (const [share, make] of sharesOf(signer)) {
    left -= share
    if (left > 0) continue
    const mishap = make(draw)
    return { ...mishap, at: startOf(mishap) ?? draw.upTo(1_000) / 1_000 }
  }
  return undefined
}

/** An order to kill is given with the round; a person is asked from second 35 of 90 on. */
function startOf({ kind }: Mishap): number | undefined {
  if (kind === 'kill' || kind === 'rpc-hangs') return 0
  return kind === 'device-refuses' ? 0.35 : undefined
}

/** The same things in an order of the seed's. */
export function shuffled<T>(seed: string, things: readonly T[]): readonly T[] {
  const draw = drawing(seed)
  return things
    .map((thing) => ({ thing, place: draw.upTo(1e9) }))
    .toSorted((a, b) => a.place - b.place)
    .map(({ thing }) => thing)
}

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
