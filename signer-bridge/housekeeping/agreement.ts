/**
 * What several nodes come to. What money hangs on is not one node's word: all that answer have to say
 * the same. What a lie could only make useless goes by most of them, so that none can stop it alone.
 */

import { setTimeout as pause } from 'node:timers/promises'
import { BaseError, TimeoutError } from 'viem'
import type { Node } from '../chain/nodes.ts'
import { maxReason, sentencesOf } from '../chain/refusals.ts'
import { HouseError } from './house-error.ts'

/**
 * What the nodes agree on.
 *
 * @param what For the message: `the root of reward epoch 417`.
 * @throws {HouseError} `nodes-differ` if they contradict one another, or too few answer.
 */
export type Voice = <T extends string | number | boolean | undefined>(
  what: string,
  question: (node: Node) => Promise<T>,
) => Promise<T>

export type VoiceOptions = {
  /** Is told what one node alone of several says; without it the word of one is not enough. */
  readonly onAlone?: (what: string) => void
  /** For all of a question, however many requests it takes. Milliseconds. */
  readonly patienceMs?: number
}

/** Less than a request may take, so that who hangs is known for it. */
const defaultPatienceMs = 8_000

/** All that answer have to say the same; with fewer than two of several, one could lie. */
export function unanimous(nodes: readonly Node[], options: VoiceOptions = {}): Voice {
  const hear = hearing(nodes, options)
  return async (what, question) => {
    const answers = await hear(what, question)
    const [first, ...others] = answers
    const other = others.find((answer) => answer !== first)
    // `first` may itself be that there is nothing: at least one has answered.
    if (others.every((answer) => answer === first)) return first as (typeof answers)[number]
    throw contradiction(what, [first, other])
  }
}

/** Two at least say it, and more than say anything else; one alone where the others are silent. */
export function majority(
  nodes: readonly Node[],
  options: Required<Pick<VoiceOptions, 'onAlone'>> & VoiceOptions,
): Voice {
  const hear = hearing(nodes, options)
  return async (what, question) => {
    const answers = await hear(what, question)
    const [most = [], second = []] = groupsOf(answers)
    const [first] = most
    const isMost = answers.length === 1 || (most.length > 1 && most.length > second.length)
    // At least one has answered, as above.
    if (isMost) return first as (typeof answers)[number]
    throw contradiction(what, [first, second[0]])
  }
}

/** Equal answers together, those that most give first; among equals who was heard first. */
export function groupsOf<T>(
  answers: readonly T[],
  nameOf: (answer: T) => unknown = (answer) => answer,
): readonly (readonly T[])[] {
  const groups = new Map<unknown, T[]>()
  for (const answer of answers) {
    const name = nameOf(answer)
    groups.set(name, [...(groups.get(name) ?? []), answer])
  }
  return [...groups.values()].toSorted((a, b) => b.length - a.length)
}

/** Asks all but those that have hung before: a command waits for each of them once. */
function hearing(
  nodes: readonly Node[],
  { onAlone, patienceMs = defaultPatienceMs }: VoiceOptions,
): <T>(what: string, question: (node: Node) => Promise<T>) => Promise<readonly T[]> {
  const hung = new Set<Node>()
  return async <T>(what: string, question: (node: Node) => Promise<T>) => {
    const members = [...nodes]
    const asked = members.filter((node) => !hung.has(node))
    const answers: T[] = []
    const reasons: string[] = []
    const ask = async (node: Node) => {
      const told = await inTime(question(node), patienceMs)
      if (told.kind === 'told') answers.push(told.answer)
      else reasons.push(told.reason)
      if (told.kind === 'late') hung.add(node)
    }
    await Promise.all((asked.length > 0 ? asked : members).map(ask))
    const least = onAlone === undefined ? Math.min(2, members.length) : 1
    if (answers.length < least) {
      throw new HouseError(
        'nodes-differ',
        `Of ${members.length} nodes ${answers.length} told ${what}: ${reasons.join(' | ') || 'the others have hung before.'}`,
      )
    }
    if (answers.length === 1 && members.length > 1) onAlone?.(what)
    return answers
  }
}

type Heard<T> =
  | { readonly kind: 'told'; readonly answer: T }
  | { readonly kind: 'failed' | 'late'; readonly reason: string }

async function inTime<T>(work: Promise<T>, patienceMs: number): Promise<Heard<T>> {
  const over = new AbortController()
  const told = work.then(
    (answer): Heard<T> => ({ kind: 'told', answer }),
    (error: unknown): Heard<T> => ({
      kind: isTimeout(error) ? 'late' : 'failed',
      reason: sentencesOf(error).slice(0, maxReason),
    }),
  )
  const late: Heard<T> = { kind: 'late', reason: `No answer in ${patienceMs / 1_000} s.` }
  try {
    return await Promise.race([told, pause(patienceMs, late, { signal: over.signal })])
  } finally {
    over.abort()
  }
}

function isTimeout(error: unknown): boolean {
  return error instanceof BaseError && error.walk((cause) => cause instanceof TimeoutError) !== null
}

function contradiction(what: string, [one, other]: readonly unknown[]): HouseError {
  const sentence = `Nodes contradict one another on ${what}: ${String(one)}, ${String(other)}.`
  return new HouseError('nodes-differ', sentence)
}
