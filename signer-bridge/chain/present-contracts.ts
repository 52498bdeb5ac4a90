/**
 * Where the contracts are at present, as several nodes bear one another out. Where they differ nothing
 * is known: no new commit is made on it, and reveals need none of it.
 */

import type { Network } from '../../src/protocol/networks.ts'
import { type Log, withoutEchoes } from '../log.ts'
import type { Observations } from '../observations/observations.ts'
import { checkSchedule, type Contracts, contractsAmong, type ToldContracts } from './contracts.ts'
import { type Generations, generationsOf, type Present } from './generations.ts'
import type { Nodes } from './nodes.ts'

export type PresentContracts = {
  /**
   * Asks the registry again.
   *
   * @throws {ChainError} `contract-unknown`, `schedule-differs`, `chain-unreachable`
   */
  readonly refresh: () => Promise<void>
  /** The same if it is not known for good where they are. */
  readonly refreshUnsure: () => Promise<void>
  /** `undefined` while nodes differ. */
  readonly now: () => Contracts | undefined
  readonly generations: () => Generations
}

export type PresentDeps = {
  readonly nodes: Nodes
  readonly network: Network
  readonly observations: Pick<Observations, 'chainEvents' | 'contracts'>
  readonly log: Log
}

export function presentContracts(deps: PresentDeps): PresentContracts {
  const { nodes, network, observations } = deps
  const { contracts: book, chainEvents } = observations
  const log = withoutEchoes(deps.log)
  let present: Present = { isSure: false }
  let wasUnsure = false
  let generations = generationsOf(present, network.name, book)

  const become = (next: Present) => {
    // What an address has said that is not believed any more, was said by nobody.
    const isDropped = present.contracts !== undefined && !present.isSure
    if (isDropped && !isSame(present.contracts, next.contracts)) chainEvents.clear()
    present = next
    generations = generationsOf(present, network.name, book)
  }
  const refresh = async () => {
    const told = await contractsAmong(nodes)
    const next = presentAfter(present, told, (contracts) =>
      Object.entries(contracts).every(([name, address]) =>
        book.addressesOf(name).some((known) => known === address.toLowerCase()),
      ),
    )
    if (next === undefined) {
      log({ event: 'contracts-unclear', used: present.isSure ? 'as-before' : 'none' })
      if (!present.isSure) become({ isSure: false })
      wasUnsure = true
      return
    }
    const { contracts } = next
    if (contracts !== undefined && !isSame(contracts, present.contracts)) {
      await checkSchedule(nodes, contracts, network)
    }
    become(next)
    if (!next.isSure) log({ event: 'contracts-unconfirmed' })
    else if (wasUnsure) log({ event: 'contracts-confirmed' })
    wasUnsure = !next.isSure
  }

  return {
    refresh,
    refreshUnsure: async () => {
      if (!present.isSure) await refresh()
    },
    now: () => present.contracts,
    generations: () => generations,
  }
}

/**
 * What is known after an answer; `undefined` if nobody can say who is right. What two bear out stands
 * until two say otherwise; what one alone tells stands until another contradicts it. Pure.
 *
 * @param isRemembered Whether two have borne it out in an earlier life.
 */
export function presentAfter(
  before: Present,
  told: ToldContracts,
  isRemembered: (contracts: Contracts) => boolean,
): Present | undefined {
  if (told.kind === 'split') return undefined
  const { kind, contracts } = told
  if (kind === 'agreed') return { contracts, isSure: true }
  if (before.contracts === undefined) return { contracts, isSure: isRemembered(contracts) }
  return isSame(before.contracts, contracts) ? before : undefined
}

function isSame(one: Contracts | undefined, other: Contracts | undefined): boolean {
  return JSON.stringify(one)?.toLowerCase() === JSON.stringify(other)?.toLowerCase()
}
