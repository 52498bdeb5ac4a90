/**
 * The networks that Chrono serves, as data: chain ids and clocks.
 *
 * @see https://dev.flare.network/network/fsp (seen 2026-11-22); T0 and lengths are those of the
 *   deployed FlareSystemsManager contracts.
 */

import { z } from 'zod'
import type { EpochSchedule } from './epoch.ts'

export const networkNameSchema = z.enum(['flare', 'songbird', 'coston2', 'coston', 'local'])
export type NetworkName = z.infer<typeof networkNameSchema>

export type Network = {
  readonly name: NetworkName
  readonly chainId: number
  readonly schedule: EpochSchedule
}

const roundSec = 90
const mainRewardEpochRounds = 3_360
const testRewardEpochRounds = 240

/** T0 of Flare and Coston2; Songbird and Coston began 45 seconds earlier. Unix seconds. */
const flareGenesisSec = 1_658_430_000
const songbirdGenesisSec = 1_658_429_955

function schedule(genesisSec: number, rewardEpochRounds: number): EpochSchedule {
  return { genesisSec, roundSec, firstRewardRound: 0, rewardEpochRounds }
}

export const networks: Readonly<Record<NetworkName, Network>> = {
  flare: { name: 'flare', chainId: 14, schedule: schedule(flareGenesisSec, mainRewardEpochRounds) },
  songbird: {
    name: 'songbird',
    chainId: 19,
    schedule: schedule(songbirdGenesisSec, mainRewardEpochRounds),
  },
  coston2: {
    name: 'coston2',
    chainId: 114,
    schedule: schedule(flareGenesisSec, testRewardEpochRounds),
  },
  coston: {
    name: 'coston',
    chainId: 16,
    schedule: schedule(songbirdGenesisSec, testRewardEpochRounds),
  },
  // A Flare of one's own: its chain id is anvil's, so that no key for it can work elsewhere.
  local: {
    name: 'local',
    chainId: 31_337,
    schedule: schedule(flareGenesisSec, testRewardEpochRounds),
  },
}

/** The network with its rounds made shorter or longer, for development on one machine. */
export function withRoundSec(network: Network, seconds: number): Network {
  return { ...network, schedule: { ...network.schedule, roundSec: seconds } }
}
