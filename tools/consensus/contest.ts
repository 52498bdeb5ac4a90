/**
 * A contest: engine and peers put to the same quotes, for one world, one number of sources and one
 * fault.
 */

import { engineAnswers } from './engine.ts'
import { type Fault, type FaultyTape, withFault } from './faults.ts'
import { type Answer, peers } from './peers.ts'
import { count, newTally, type Score, scoreOf, type Tally } from './scoring.ts'
import { isFreeze, sightingsAt, type Tape } from './tape.ts'
import { tapeOfWorldT } from './world-t.ts'
import { tapeOfWorldU } from './world-u.ts'
import { tapeOfWorldV } from './world-v.ts'

export const engineName = 'Chrono'

/**
 * T is what constants are tuned on. U is what they never saw, but those who chose them knew how it was
 * made; V was made after they were fixed.
 */
export type World = 'T' | 'U' | 'V'

export type Job = {
  readonly world: World
  readonly sources: number
  readonly fault: Fault
  /** How many sources are faulty: one cell each. */
  readonly counts: readonly number[]
  readonly seeds: number
  readonly epochs: number
}

/** What came of one cell. */
export type Cell = {
  readonly world: World
  readonly sources: number
  readonly fault: Fault
  readonly faulty: number
  /** By the name of the method. */
  readonly scores: Readonly<Record<string, Score>>
}

const worlds: Readonly<Record<World, (seed: number, sources: number, epochs: number) => Tape>> = {
  T: tapeOfWorldT,
  U: tapeOfWorldU,
  V: tapeOfWorldV,
}

/** Faulty sources that any rule can bear at most: fewer than half. */
export function breakdownPoint(sources: number): number {
  return Math.floor((sources - 1) / 2)
}

/** Runs a job. The same job has the same errors on every machine; only its times differ. */
export function contestOf(job: Job): Cell[] {
  const { world, sources, fault } = job
  const tallies = job.counts.map(() => talliesOfAll())
  for (let seed = 1; seed <= job.seeds; seed += 1) {
    const clean = worlds[world](seed, sources, job.epochs)
    job.counts.forEach((faulty, i) => {
      run(withFault(clean, fault, faulty, seed), tallies[i] ?? {})
    })
  }
  return job.counts.map((faulty, i) => ({
    world,
    sources,
    fault,
    faulty,
    scores: Object.fromEntries(
      Object.entries(tallies[i] ?? {}).map(([name, tally]) => [name, scoreOf(tally)]),
    ),
  }))
}

function talliesOfAll(): Record<string, Tally> {
  const names = [engineName, ...Object.keys(peers)]
  return Object.fromEntries(names.map((name) => [name, newTally()]))
}

function run(tape: FaultyTape, tallies: Record<string, Tally>): void {
  const seen = Array.from(tape.atMs, (atMs, sighting) => ({
    atMs,
    quotes: sightingsAt(tape, sighting),
  }))
  const freezes = seen.filter((_, sighting) => isFreeze(sighting))
  const methods: Record<string, () => Answer[]> = {
    ...Object.fromEntries(
      Object.entries(peers).map(([name, peer]) => [
        name,
        // A peer remembers nothing, so the ticks are not shown to it.
        () => freezes.map(({ quotes, atMs }) => peer(quotes, atMs)),
      ]),
    ),
    [engineName]: () => engineAnswers(seen),
  }
  for (const [name, tally] of Object.entries(tallies)) {
    const startedAtMs = performance.now()
    const answers = methods[name]?.() ?? []
    tally.processorMs += performance.now() - startedAtMs
    count(tally, tape, answers)
  }
}
