/** Brings a planned mishap about, and calms the world down again when its round is over. */

import { setTimeout as pause } from 'node:timers/promises'
import type { SoakCompanion } from './companion.ts'
import type { DeathOrder, Executioner } from './executioner.ts'
import type { Host } from './host.ts'
import type { NodeDoor } from './node-door.ts'
import type { KillTarget } from './places.ts'
import type { Mishap } from './plan.ts'
import type { SoakWorker } from './worker.ts'

export type Stage = {
  readonly hosts: readonly [Host, Host]
  readonly doors: readonly [NodeDoor, NodeDoor]
  /** The node behind the doors. */
  readonly nodeUrl: string
  readonly worker: Pick<SoakWorker, 'faults'>
  readonly companion: Pick<SoakCompanion, 'faults'> | undefined
  readonly executioner: Executioner
  readonly roundMs: number
}

type Doing<Kind extends Mishap['kind']> = (
  stage: Stage,
  mishap: Extract<Mishap, { kind: Kind }>,
) => void | Promise<void>

const doings: { readonly [Kind in Exclude<Mishap['kind'], 'kill'>]: Doing<Kind> } = {
  outage: ({ hosts }, { host, forMs }) => hosts[host].outage(forMs),
  'both-killed': ({ hosts }) => {
    for (const host of hosts) host.kill()
  },
  stalled: ({ hosts }, { host, forMs }) => {
    hosts[host].stall()
    setTimeout(hosts[host].wake, forMs)
  },
  'clock-wrong': ({ hosts }, { host, byMs }) => hosts[host].setClock(byMs),
  'rpc-drops': (stage, { doors, count }) => orderDoors(stage, doors, { drop: { count } }),
  'rpc-loses-answers': (stage, { doors, count }) => orderDoors(stage, doors, { lose: { count } }),
  'rpc-fails': (stage, { doors, count }) => orderDoors(stage, doors, { fail: { count } }),
  'rpc-slow': (stage, { doors, delayMs }) => orderDoors(stage, doors, { delayMs }),
  'rpc-node-down': (stage, { doors, forMs }) => orderDoors(stage, doors, { downForMs: forMs }),
  'rpc-down': (stage, { forShare }) =>
    orderDoors(stage, [0, 1], { downForMs: Math.round(stage.roundMs * forShare) }),
  'rpc-lies': (stage, { doors, lie }) => {
    for (const door of doors) stage.doors[door].lie(lie)
  },
  'rpc-hangs': (stage, { doors }) => {
    orderDoors(stage, doors, { delayMs: hangingMs })
    stage.executioner.order([{ place: committed, nth: 1 }])
  },
  'worker-slow': ({ worker }, { delayMs }) => {
    worker.faults.delayMs = delayMs
  },
  'worker-down': ({ worker }, { forMs }) => {
    worker.faults.downUntilMs = Date.now() + forMs
  },
  'worker-loses-answers': ({ worker }, { count }) => {
    worker.faults.loseNext = count
  },
  'device-locked': async (stage, { forMs }) => {
    await toDevices(stage, { locked: true })
    await pause(forMs)
    await toDevices(stage, { locked: false })
  },
  'device-vanishes': (stage, { forMs }) => toDevices(stage, { vanish_ms: forMs }),
  'device-refuses': (stage) => refusals(stage),
  'device-slow': (stage, { delayMs }) => toDevices(stage, { slow_ms: delayMs }),
  'companion-down': ({ companion }, { forMs }) => {
    if (companion !== undefined) companion.faults.downUntilMs = Date.now() + forMs
  },
  'companion-slow': ({ companion }, { delayMs }) => {
    if (companion !== undefined) companion.faults.delayMs = delayMs
  },
  'fee-spike': ({ nodeUrl }, { factor }) => setBaseFee(nodeUrl, usualBaseFeeWei * BigInt(factor)),
}

/**
 * Brings a mishap about, but for kills.
 *
 * @returns Whether it came about: two hosts that are gone at once are beyond what two hosts promise, and
 *   so is a node that does not tell the truth, or nothing at all, beside one that is gone.
 */
export async function bringAbout(
  stage: Stage,
  mishap: Exclude<Mishap, { kind: 'kill' }>,
): Promise<boolean> {
  const takesAway = mishap.kind === 'outage' || mishap.kind === 'stalled'
  if (takesAway && stage.hosts[mishap.host === 0 ? 1 : 0].isAway()) return false
  const isOfNode =
    mishap.kind === 'rpc-hangs' || mishap.kind === 'rpc-lies' || mishap.kind === 'rpc-node-down'
  // One that went down late in its round stays away into the next one.
  const isLast = (door: 0 | 1) => stage.doors[door === 0 ? 1 : 0].isDown()
  if (isOfNode && mishap.doors.some(isLast)) return false
  // The table has for each kind what takes just that kind, which an index cannot say.
  const doing = doings[mishap.kind] as Doing<Mishap['kind']>
  await doing(stage, mishap)
  return true
}

/**
 * Has somebody die at a place, and the world such that somebody comes there.
 *
 * @returns In how many rounds that may be; none if it would leave nobody.
 */
export async function sentence(stage: Stage, target: KillTarget, nth: number): Promise<number> {
  const { executioner, hosts, doors, roundMs } = stage
  const order: DeathOrder = { place: target.place, nth }
  const { provocation } = target
  if (provocation === undefined) {
    executioner.order([order])
    return 1
  }
  switch (provocation) {
    case 'absence': {
      if (hosts.some((host) => host.isAway())) return 0
      const absentMs = roundMs * absentRounds
      executioner.order([
        { ...order, nth: 1 },
        { place: committed, nth: 1, absentMs },
      ])
      return 2
    }
    case 'lost-commit':
      executioner.order([{ ...order, nth: 1 }])
      for (const door of doors) door.order({ drop: { count: allOfThem, selector: submit1 } })
      return 2
    case 'refusal':
      executioner.order([{ ...order, nth: 1 }])
      await pause(roundMs * sittingShare)
      await refusals(stage)
      return 1
    case 'unplugging':
      executioner.order([{ ...order, nth: 1 }])
      for (const { device } of hosts) device?.unplugWhenAsked(roundMs * unpluggedShare)
      return 1
  }
}

/** All is well again, but for what has been gone for longer and comes back by itself. */
export async function calm(stage: Stage): Promise<void> {
  const { hosts, doors, worker, companion } = stage
  for (const door of doors) {
    door.lie(undefined)
    door.order({ drop: { count: 0 }, lose: { count: 0 }, fail: { count: 0 }, delayMs: 0 })
  }
  for (const { device, setClock } of hosts) {
    setClock(0)
    // Only one of the two was asked: the other would be gone in a round that has its own mishap.
    device?.stayPlugged()
  }
  worker.faults.delayMs = 0
  worker.faults.loseNext = 0
  if (companion !== undefined) companion.faults.delayMs = 0
  await setBaseFee(stage.nodeUrl, usualBaseFeeWei)
  await toDevices(stage, { slow_ms: 0, refuse_next: 0 })
}

/** A commit is out when a node has said that it has it. */
const committed = 'after markAttempt submit1 accepted'

/** Until the reveal's window is over. */
const absentRounds = 1.1

const submit1 = '0x6c532fae'
const allOfThem = 1_000

/** Longer than anybody waits for an answer. */
const hangingMs = 10_000

/** Flare's floor. */
const usualBaseFeeWei = 500n * 10n ** 9n

/** A person is asked from second 35 of 90 on. */
const sittingShare = 0.35

/** Of a round: as long as a sitting of submit1 and submit2 is open. */
const refusalShare = 0.5

/** Of a round: back again only when it is too late for the commit, or the same is just asked anew. */
const unpluggedShare = 0.6

/** Whoever is asked to sign a commit in this round: a refused reveal is a person's decision to lose it. */
async function refusals(stage: Stage): Promise<void> {
  await toDevices(stage, { refuse_next: 1 })
  await pause(stage.roundMs * refusalShare)
  await toDevices(stage, { refuse_next: 0 })
}

function orderDoors(
  stage: Stage,
  doors: readonly (0 | 1)[],
  order: Parameters<NodeDoor['order']>[0],
) {
  for (const door of doors) stage.doors[door].order(order)
}

async function toDevices({ hosts }: Stage, order: object): Promise<void> {
  await Promise.all(hosts.map(async (host) => host.device?.order(order)))
}

async function setBaseFee(nodeUrl: string, wei: bigint): Promise<void> {
  const params = [`0x${wei.toString(16)}`]
  await fetch(nodeUrl, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({
      jsonrpc: '2.0',
      id: 1,
      method: 'anvil_setNextBlockBaseFeePerGas',
      params,
    }),
    signal: AbortSignal.timeout(5_000),
  })
}
