/** The soak's course through its rounds: one mishap a round at most, by the plan and the deck. */

import { setTimeout as pause } from 'node:timers/promises'
import { bringAbout, calm, sentence, type Stage } from './mishaps.ts'
import type { SoakOptions } from './options.ts'
import { deckOf, killTargets, type KillTarget } from './places.ts'
import { mishapOf, type Planned, shuffled } from './plan.ts'

export type Course = {
  readonly firstRound: number
  readonly lastRound: number
  /** How often each kind of mishap came about. */
  readonly mishaps: Readonly<Record<string, number>>
  /** How often somebody died at each place, those included where nobody has. */
  readonly kills: Readonly<Record<string, number>>
  /** Resident memory of the hosts that ran, round by round. */
  readonly residentBytes: readonly number[]
}

type Plan = Pick<SoakOptions, 'rounds' | 'roundSec' | 'seed' | 'signer'> & {
  readonly genesisSec: number
  readonly say: (line: string) => void
}

/** Long enough for the first bridge to have the lease, and both to be armed. */
const quietRounds = 4

/** A place at whose next turn nobody can be killed gives way to the next one so often. */
const maxPassedOver = 5

export async function goThrough(stage: Stage, plan: Plan): Promise<Course> {
  const { rounds, roundSec, seed, signer, genesisSec, say } = plan
  const targets = killTargets(signer)
  const deck = deckOf(targets, (all, pass) => shuffled(`${seed} places ${pass}`, all))
  const mishaps: Record<string, number> = {}
  const kills: Record<string, number> = Object.fromEntries(targets.map(({ place }) => [place, 0]))
  const residentBytes: number[] = []
  const startMsOf = (round: number) => (genesisSec + round * roundSec) * 1_000
  const firstRound = Math.floor((Date.now() / 1_000 - genesisSec) / roundSec) + quietRounds
  const lastRound = firstRound + rounds - 1
  /** Who is to die, and in which round the order is over. */
  let standing: { readonly target: KillTarget; readonly overAtRound: number } | undefined

  const close = () => {
    const reached = stage.executioner.spare()
    for (const place of reached) {
      if (kills[place] !== undefined) kills[place] += 1
    }
    if (standing !== undefined && !reached.includes(standing.target.place)) {
      deck.putBack(standing.target)
    }
    standing = undefined
  }
  const open = async (round: number, nth: number) => {
    for (let i = 0; i < maxPassedOver; i += 1) {
      const target = deck.next()
      standing = { target, overAtRound: round + 1 }
      const forRounds = await sentence(stage, target, deck.passes() === 0 ? 1 : nth)
      if (forRounds > 0) {
        standing = { target, overAtRound: round + forRounds }
        return
      }
      deck.putBack(target)
    }
    standing = undefined
  }
  const bring = async (mishap: Planned, round: number) => {
    count(mishaps, mishap.kind)
    if (mishap.kind === 'kill') return open(round, mishap.nth)
    // A device or a chain that is down cannot be ordered about: then it is down already.
    const cameAbout = await bringAbout(stage, mishap).catch((error: unknown) => {
      say(`${mishap.kind}: ${String(error)}`)
      return false
    })
    if (!cameAbout) count(mishaps, `${mishap.kind}, spared`)
  }

  for (let round = firstRound; round <= lastRound; round += 1) {
    await pause(Math.max(0, startMsOf(round) - Date.now()))
    for (const host of stage.hosts) {
      const bytes = host.residentBytes()
      if (bytes !== undefined) residentBytes.push(bytes)
    }
    if ((round - firstRound) % 20 === 0) say(`${round - firstRound} rounds`)
    // What takes two rounds is left alone in its second.
    if (standing !== undefined && round < standing.overAtRound) continue
    close()
    await calm(stage).catch((error: unknown) => say(`calm: ${String(error)}`))
    const mishap = mishapOf(seed, round - firstRound, signer)
    if (mishap === undefined) continue
    await pause(Math.max(0, startMsOf(round) + roundSec * 1_000 * mishap.at - Date.now()))
    await bring(mishap, round)
  }
  await pause(Math.max(0, startMsOf(lastRound + 1) - Date.now()))
  close()
  await calm(stage)
  return { firstRound, lastRound, mishaps, kills, residentBytes }
}

function count(counts: Record<string, number>, name: string): void {
  counts[name] = (counts[name] ?? 0) + 1
}
