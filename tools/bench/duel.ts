/**
 * Two subjects of the same machine and minute: they take turns, now one first and now the other, so
 * that whatever else the machine does falls on both.
 */

import { median, percentile } from './figures.ts'
import { load, type Load, type Target } from './load.ts'
import type { RunningWorkerd } from './workerd.ts'

export type Contestant = Target & {
  readonly name: string
  /** Whose processor time is counted. */
  readonly workerd: RunningWorkerd
}

export type Duel = {
  readonly ours: Side
  readonly yardstick: Side
  /** Requests a second as a part of the yardstick's: the median of what the rounds say. */
  readonly ratio: number
}

export type Side = {
  readonly name: string
  readonly perSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
  /** Processor time of workerd for one request, microseconds, if the system tells. */
  readonly cpuUs: number | undefined
}

type Round = {
  readonly perSecond: number
  readonly latenciesMs: readonly number[]
  readonly cpuMs: number | undefined
}

/** Not counted: code is compiled, connections to stand-ins are opened. */
const warmUp: Load = { connections: 32, forMs: 1_000 }

export async function duel(
  ours: Contestant,
  yardstick: Contestant,
  { rounds, ...each }: Load & { readonly rounds: number },
): Promise<Duel> {
  await load(ours, warmUp)
  await load(yardstick, warmUp)

  const pairs: { readonly ours: Round; readonly yardstick: Round }[] = []
  for (let round = 0; round < rounds; round += 1) {
    const first = await roundOf(round % 2 === 0 ? ours : yardstick, each)
    const second = await roundOf(round % 2 === 0 ? yardstick : ours, each)
    pairs.push(
      round % 2 === 0 ? { ours: first, yardstick: second } : { ours: second, yardstick: first },
    )
  }
  return {
    ours: sideOf(
      ours.name,
      pairs.map((pair) => pair.ours),
    ),
    yardstick: sideOf(
      yardstick.name,
      pairs.map((pair) => pair.yardstick),
    ),
    ratio: median(pairs.map((pair) => pair.ours.perSecond / pair.yardstick.perSecond)),
  }
}

async function roundOf(contestant: Contestant, each: Load): Promise<Round> {
  const before = contestant.workerd.cpuMs()
  const measured = await load(contestant, each)
  const after = contestant.workerd.cpuMs()
  return {
    ...measured,
    cpuMs: before === undefined || after === undefined ? undefined : after - before,
  }
}

function sideOf(name: string, rounds: readonly Round[]): Side {
  const latenciesMs = rounds.flatMap((round) => round.latenciesMs)
  const cpuMs = rounds.reduce<number | undefined>(
    (sum, round) =>
      sum === undefined || round.cpuMs === undefined ? undefined : sum + round.cpuMs,
    0,
  )
  return {
    name,
    perSecond: median(rounds.map(({ perSecond }) => perSecond)),
    p50Ms: median(latenciesMs),
    p99Ms: percentile(latenciesMs, 0.99),
    cpuUs: cpuMs === undefined ? undefined : (cpuMs * 1_000) / latenciesMs.length,
  }
}
