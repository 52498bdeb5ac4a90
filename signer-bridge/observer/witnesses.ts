/**
 * Whom to ask about blocks, and about how many at a time: who answered last comes first, who hangs or
 * refuses is left alone for some seconds, and a node that limits its batches is asked for less.
 */

import type { Node } from '../chain/nodes.ts'

type Asked = Pick<Node, 'url'>

export type Witnesses = {
  /** Those to be asked now, in order. */
  readonly inOrder: <T extends Asked>(nodes: readonly T[]) => readonly T[]
  /** Questions that a node takes in one request, as far as is known. */
  readonly mostQuestions: (node: Asked) => number
  readonly noteAnswer: (node: Asked) => void
  /** @param tookMs How long it was waited for. */
  readonly noteFailure: (node: Asked, tookMs: number) => void
  /** Has a node that said what no other did asked last for a while, and not read from. */
  readonly avoid: (node: Asked) => void
  readonly isAvoided: (node: Asked) => boolean
}

/** Questions of one request to begin with: as many blocks as are read in one. */
export const mostAtOnce = 30

/** A node that said what no other did is read from again after so long. */
const avoidedMs = 600_000

/** A refusal comes sooner than this, and who takes longer hangs. */
const hangingMs = 1_500

/** The first rest of who does not answer; each further one is twice as long, up to the longest. */
const restMs = 1_000
/** Shorter than the grace period's part in which a confirmation is waited for, 10 s. */
const longestRestMs = 8_000

type Manners = {
  readonly atOnce: number
  readonly answeredAtMs: number
  /** How often in a row it did not answer, though it was asked for little. */
  readonly strikes: number
  readonly restsUntilMs: number
}

const unknown: Manners = {
  atOnce: mostAtOnce,
  answeredAtMs: Number.NEGATIVE_INFINITY,
  strikes: 0,
  restsUntilMs: Number.NEGATIVE_INFINITY,
}

/** @param steadyMs Never jumps. Milliseconds. */
export function witnesses(steadyMs: () => number): Witnesses {
  const known = new Map<string, Manners>()
  const avoidedUntilMs = new Map<string, number>()
  const of = ({ url }: Asked) => known.get(url) ?? unknown
  const isAvoided = ({ url }: Asked) => steadyMs() < (avoidedUntilMs.get(url) ?? 0)

  return {
    inOrder: (nodes) =>
      nodes
        .filter((node) => of(node).restsUntilMs <= steadyMs())
        .toSorted(
          (one, other) =>
            Number(isAvoided(one)) - Number(isAvoided(other)) || later(of(one), of(other)),
        ),
    mostQuestions: (node) => of(node).atOnce,
    noteAnswer: (node) => {
      // One by one, lest every other request be too large again.
      const atOnce = Math.min(mostAtOnce, of(node).atOnce + 1)
      const answeredAtMs = steadyMs()
      known.set(node.url, { ...unknown, atOnce, answeredAtMs })
    },
    noteFailure: (node, tookMs) => {
      const before = of(node)
      const atOnce = Math.max(1, Math.floor(before.atOnce / 2))
      // It may have been too much at once: less is asked for as soon as that may be.
      if (before.atOnce > 1 && tookMs < hangingMs) {
        known.set(node.url, { ...before, atOnce })
        return
      }
      const rest = Math.min(restMs * 2 ** before.strikes, longestRestMs)
      const strikes = before.strikes + 1
      known.set(node.url, { ...before, atOnce, strikes, restsUntilMs: steadyMs() + rest })
    },
    avoid: ({ url }) => void avoidedUntilMs.set(url, steadyMs() + avoidedMs),
    isAvoided,
  }
}

/** Who answered later comes first; of two who never did, whichever is named first. */
function later(one: Manners, other: Manners): number {
  return one.answeredAtMs === other.answeredAtMs ? 0 : other.answeredAtMs - one.answeredAtMs
}
