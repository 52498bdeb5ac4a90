/**
 * The change of contracts in 2026, as data: which addresses they had before and after it, since the
 * registry names only the present ones, and the reward epoch in which Relay v2 began.
 */

import type { Address } from 'viem'
import type { NetworkName } from './networks.ts'

/** Contracts whose events are read across their redeployments. */
export type DatedContract = 'relay' | 'voterRegistry' | 'flareSystemsCalculator'

/**
 * Addresses that these contracts have or have had. What the registry says besides is added to them;
 * an address in vain costs nothing.
 *
 * @see https://github.com/flare-foundation/flare-systems-deployment (seen 2026-11-22)
 */
export const datedAddresses: Readonly<
  Record<NetworkName, Readonly<Record<DatedContract, readonly Address[]>>>
> = {
  flare: {
    relay: [
      '0x57a4c3676d08Aa5d15410b5A6A80fBcEF72f3F45',
      '0xCcF30790A93F15e24EB909548a2C58a9b0a7FBd4',
      '0x5A2Eb0cdB4Aa8253924a488A77EdfD24Bb64407f',
    ],
    voterRegistry: ['0xA480457953Af3583E54DCd630b219353B8FC9Af7'],
    flareSystemsCalculator: [
      '0x67c4B11c710D35a279A41cff5eb089Fe72748CF8',
      '0xf9cCe0Bd286bb38A9A0cD15fDDC5431F03568Db0',
    ],
  },
  songbird: {
    relay: [
      '0xCB86E8Be709001e01897Bf59847406853da8f14b',
      '0xc1BC89b717Af42AE27497C9FFb996002D3AC5031',
    ],
    voterRegistry: ['0xd23FAE88c09e6A77dD9eFcc29D6bBC55D2e74310'],
    flareSystemsCalculator: ['0x31a5B8E7ca6dFC7B963f5D029F0884ef19E53A24'],
  },
  coston2: {
    relay: [
      '0xa10B672D1c62e5457b17af63d4302add6A99d7dE',
      '0x5017728F117501A24EF9C3756C07f0d564598596',
    ],
    voterRegistry: ['0x6a0AF07b7972177B176d3D422555cbc98DfDe914'],
    flareSystemsCalculator: ['0x93F4C0b43A221Cf0a57faa882Df5E3F6CAa5Aca8'],
  },
  coston: {
    relay: [
      '0x051f214D346Cfd97B107BECb87E2B35D1b4287E9',
      '0xEcD0B60Ea5E01e4D0bFd621c8920B40A32389b83',
    ],
    voterRegistry: ['0x42F4526BFC6f892DB515a832a52eFc9edFADf6c0'],
    flareSystemsCalculator: ['0x3787dCBD770202F856ED9204c19d6f9022Ff3BF2'],
  },
  local: { relay: [], voterRegistry: [], flareSystemsCalculator: [] },
}

/**
 * The reward epoch from whose first round on digests hold the chain id; when that round is, only the
 * chain says. Absent where Relay has been of version 2 from the first round on.
 */
export const chainBoundSince: Readonly<Partial<Record<NetworkName, number>>> = {
  flare: 441,
  songbird: 437,
  coston2: 6_047,
  coston: 5_991,
}
