/** What the doctor finds, how a check that fails becomes a finding, and the verdict over all. Pure. */

import { sentencesOf } from './chain/refusals.ts'
import type { Coming } from './deadlines.ts'

export type Finding = {
  readonly name: string
  /** A note is for a person to know, and stands against nothing. */
  readonly kind: 'well' | 'note' | 'bad'
  /** What was found, in a few words. */
  readonly what: string
}

/** A check resolves with what is well, or with a note; whatever it throws is bad. */
export type Check = {
  readonly name: string
  readonly look: () => Promise<string | { readonly note: string }>
}

/** One after the other; one that fails does not keep the others from being made. */
export async function findingsOf(checks: readonly Check[]): Promise<readonly Finding[]> {
  const findings: Finding[] = []
  for (const { name, look } of checks) findings.push(await findingOf(name, look))
  return findings
}

async function findingOf(name: string, look: Check['look']): Promise<Finding> {
  try {
    const found = await look()
    return typeof found === 'string'
      ? { name, kind: 'well', what: found }
      : { name, kind: 'note', what: found.note }
  } catch (error) {
    return { name, kind: 'bad', what: reasonIn(error) }
  }
}

/** A library's message may hold a node's whole address, with the key to it. */
export function reasonIn(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return 'shortMessage' in error ? sentencesOf(error) : error.message
}

export function isReady(findings: readonly Finding[]): boolean {
  return findings.every(({ kind }) => kind !== 'bad')
}

const marks = { well: 'ok  ', note: 'note', bad: 'FAIL' }

/** The findings as lines for a person, with the verdict and the next deadline at the end. */
export function findingsText(
  findings: readonly Finding[],
  deadline: Coming,
  nowMs: number,
): string {
  const leftSec = ((deadline.atMs - nowMs) / 1_000).toFixed(1)
  return [
    ...findings.map(({ name, kind, what }) => `${marks[kind]}  ${name}: ${what}`),
    verdictText(findings),
    `The next deadline is that of the ${deadline.what}, in ${leftSec} s.`,
  ].join('\n')
}

function verdictText(findings: readonly Finding[]): string {
  const bad = findings.filter(({ kind }) => kind === 'bad').map(({ name }) => name)
  if (bad.length === 0) return 'Ready.'
  const things = bad.length === 1 ? '1 thing is' : `${bad.length} things are`
  return `Not ready: ${things} wrong: ${bad.join(', ')}.`
}
