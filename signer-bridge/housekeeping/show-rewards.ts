/** `chrono-bridge rewards show`: reads what can be claimed, and signs and sends nothing. */

import type { Settings } from '../settings.ts'
import { unanimous } from './agreement.ts'
import { dataSourceAt } from './data-source.ts'
import { alone, openHouse } from './house.ts'
import { ownersOf, typedAddress } from './owners.ts'
import { rewardContracts, rewardReads } from './reads.ts'
import { type NamedRewards, rewardsJson, rewardsText, withoutData } from './rewards-text.ts'
import { rewardsOf } from './view.ts'

export type ShowOptions = {
  readonly epoch?: number
  readonly owner?: string
  readonly data?: string
  readonly isJson: boolean
}

/** @returns What is to be printed. */
export async function showRewards(settings: Settings, options: ShowOptions): Promise<string> {
  const { network } = settings
  const { owner, data: place, epoch } = options
  const given = owner === undefined ? undefined : typedAddress(owner, '--owner')
  const data =
    place === undefined ? undefined : dataSourceAt(place, { network: network.name, fetch })
  const house = await openHouse(settings, true)
  try {
    const { nodes, chain } = house
    let isAlone = false
    const onAlone = () => void (isAlone = true)
    const voice = unanimous(nodes, { onAlone })
    const contracts = await rewardContracts(voice)
    const reads = rewardReads({ nodes, chain, voice }, contracts)
    const { rewardManager } = contracts
    const deps = { reads, rewardManager, ...(data && { data }) }
    const owners =
      given === undefined
        ? await ownersOf(settings.keys, reads)
        : [{ owner: given, what: 'as asked' }]
    const all: NamedRewards[] = []
    for (const { owner: one, what } of owners) {
      all.push({ ...(await rewardsOf(deps, one, epoch)), what })
    }
    if (options.isJson) {
      const json = { ...rewardsJson(all, network.name), is_of_one_node: isAlone }
      return JSON.stringify(json, null, 2)
    }
    return [
      rewardsText(all, network.name),
      ...(data === undefined ? [withoutData] : []),
      ...(isAlone ? [alone] : []),
    ].join('\n\n')
  } finally {
    house.end()
  }
}
