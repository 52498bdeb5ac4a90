/** What a soak has shown: in words for the terminal, as a page of the documentation, and its failures. */

import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Verdict } from './judge.ts'
import type { SoakOptions } from './options.ts'
import { mishapKinds } from './plan.ts'
import type { Course } from './rounds.ts'

export type Soak = {
  readonly options: SoakOptions
  readonly course: Course
  readonly verdict: Verdict
  /** What the Worker has counted. */
  readonly worker: Readonly<Record<string, number>>
  /**
   * From the last word of one host to the lease of the other: the 16 s of the lease, and what the other
   * needs to ask for it, with its own start if it was killed meanwhile. Without those during which the
   * Worker was away.
   */
  readonly takeoversMs: readonly number[]
  /** From the start of a process to its first block. */
  readonly startsMs: readonly number[]
  readonly residentAtEnd: readonly number[]
}

const mostResidentBytes = 150 * 2 ** 20
const mostStartMs = 3_000

const mostTakeoverMs = 20_000

/** So many rounds are enough for every place and every kind of mishap to have its turn. */
const wholeRounds = 200

/** What must not be, in sentences; empty if the soak holds. */
export function failuresOf(soak: Soak): readonly string[] {
  const { verdict, course, options } = soak
  const largest = Math.max(...soak.residentAtEnd)
  const slowest = Math.max(...soak.startsMs)
  const unvisited = Object.keys(course.kills).filter((place) => course.kills[place] === 0)
  return [
    ...verdict.unrevealed.map((round) => `Round ${round} was committed to and not revealed.`),
    ...verdict.doubleSignatures,
    ...verdict.outsideTheirWindow,
    ...verdict.stuckNonces,
    ...idlenessOf(soak),
    ...(largest > mostResidentBytes ? [`${mebibytes(largest)} are resident.`] : []),
    ...(slowest > mostStartMs ? [`A start took ${slowest.toFixed(0)} ms.`] : []),
    ...slownessOf(soak),
    ...(options.rounds < wholeRounds
      ? []
      : unvisited.map((place) => `Nobody was killed at: ${place}.`)),
  ]
}

/**
 * A mishap comes in each round. Where a round is shorter than a takeover may be, the one who takes over
 * may be hit a second time within it, and then the time says nothing of the bridge.
 */
function slownessOf({ takeoversMs, options }: Soak): readonly string[] {
  if (options.roundSec * 1_000 < mostTakeoverMs) return []
  const slowest = Math.max(0, ...takeoversMs)
  return slowest > mostTakeoverMs ? [`A takeover took ${slowest.toFixed(0)} ms.`] : []
}

/** A soak in which hardly anything happened shows nothing. */
function idlenessOf({ verdict, options }: Soak): readonly string[] {
  const { rounds, committed, signed, companionBits, companionRoots } = verdict
  const isCompanionSilent = companionBits === 0 || companionRoots === 0
  return [
    ...(committed < rounds * leastShare
      ? [`Only ${committed} of ${rounds} were committed to.`]
      : []),
    ...(signed < committed * leastShare ? [`Only ${signed} of ${committed} were signed.`] : []),
    ...(options.signer === 'keystore' && isCompanionSilent ? ['The companion was not heard.'] : []),
  ]
}

/** Every other round has a mishap, and some take the next rounds with them. */
const leastShare = 0.5

/** Markdown. */
export function reportOf(soak: Soak): string {
  const { options, course, verdict } = soak
  const { rounds, roundSec, seed, signer } = options
  const starts = soak.startsMs.toSorted((a, b) => a - b)
  const unvisited = Object.values(course.kills).filter((times) => times === 0).length
  return [
    `### Keys: ${signer}`,
    '',
    `\`npm run soak:bridge -- --rounds ${rounds} --round-seconds ${roundSec} --signer ${signer} --seed ${seed}\``,
    '',
    ...table(
      ['the judge on ' + String(verdict.rounds) + ' rounds', ''],
      [
        ['committed', verdict.committed],
        ['revealed', verdict.revealed],
        ['results signed', verdict.signed],
        ['commits without their reveal', verdict.unrevealed.length],
        ['double signatures', verdict.doubleSignatures.length],
        ['calls outside their window', verdict.outsideTheirWindow.length],
        ['stuck nonces', verdict.stuckNonces.length],
        ['rounds without a commit', `${verdict.missing.length}: ${namesOf(verdict, course)}`],
        ['signatures asked for', verdict.asks],
        ...(verdict.companionBits > 0
          ? [
              ["the companion's bit vectors on chain", verdict.companionBits] as const,
              ["the companion's roots signed", verdict.companionRoots] as const,
            ]
          : []),
      ],
    ),
    '',
    ...table(
      ['measured', ''],
      [
        ['start to ready, median', `${msOf(starts[Math.floor(starts.length / 2)])}`],
        ['start to ready, slowest of ' + String(starts.length), `${msOf(starts.at(-1))}`],
        ['takeovers, and the slowest of them', takeoversText(soak.takeoversMs)],
        ['resident at the end, each bridge', soak.residentAtEnd.map(mebibytes).join(', ')],
        ['resident at most', mebibytes(Math.max(...course.residentBytes))],
      ],
    ),
    '',
    ...table(['mishap', 'rounds'], sorted(course.mishaps)),
    '',
    ...absenceText(soak),
    `Killed at (${unvisited === 0 ? 'every place' : `${unvisited} places unvisited`}):`,
    '',
    ...table(['place', 'times'], sorted(course.kills)),
    '',
    ...table(['the Worker', 'times'], sorted(soak.worker)),
    '',
  ].join('\n')
}

/** Kinds that a whole soak has never seen: the seed has not drawn them, or each time they were spared. */
function absenceText({ options, course: { mishaps } }: Soak): readonly string[] {
  if (options.rounds < wholeRounds) return []
  const absent = mishapKinds(options.signer).filter(
    (kind) => (mishaps[kind] ?? 0) <= (mishaps[`${kind}, spared`] ?? 0),
  )
  return absent.length === 0 ? [] : [`Never came about: ${absent.toSorted().join(', ')}.`, '']
}

const page = join(import.meta.dirname, '../../docs/soak.md')

/** Puts the report into the documentation, in place of the last one of such keys. */
export function writeReport(soak: Soak): void {
  const heading = `### Keys: ${soak.options.signer}\n`
  const text = readFileSync(page, 'utf8')
  const start = text.indexOf(heading)
  if (start < 0) throw new Error(`docs/soak.md has no heading "${heading.trim()}".`)
  const end = text.indexOf('\n### ', start + heading.length)
  const before = text.slice(0, start)
  const after = end < 0 ? '' : text.slice(end)
  writeFileSync(page, `${before}${reportOf(soak).trimEnd()}\n${after}`)
}

/** Rounds by their place in the soak: their numbers are those of the day. */
function namesOf({ missing }: Verdict, { firstRound }: Course): string {
  return missing.map((round) => round - firstRound + 1).join(', ')
}

function table(
  head: readonly [string, string],
  rows: readonly (readonly [string, string | number])[],
): readonly string[] {
  return [
    `| ${head.join(' | ')} |`,
    '| --- | --- |',
    ...rows.map(([name, value]) => `| ${name} | ${value} |`),
  ]
}

function sorted(counts: Readonly<Record<string, number>>): readonly (readonly [string, number])[] {
  return Object.entries(counts).toSorted(([a], [b]) => a.localeCompare(b))
}

/** Hosts that both fall silent are no takeover's fault: it counts from the last word of the first. */
function takeoversText(takeoversMs: readonly number[]): string {
  const slowest = takeoversMs.length === 0 ? '' : `, ${msOf(Math.max(...takeoversMs))}`
  return `${takeoversMs.length}${slowest}`
}

function msOf(ms: number | undefined): string {
  return `${Math.round(ms ?? Number.NaN)} ms`
}

function mebibytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(0)} MiB`
}
