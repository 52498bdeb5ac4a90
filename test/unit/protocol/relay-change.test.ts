import { getAddress } from 'viem'
import { expect, test } from 'vitest'
import { chainBoundSince, datedAddresses } from '../../../src/protocol/relay-change.ts'

test('every address is written with its checksum, and no two contracts share one', () => {
  const addresses = Object.values(datedAddresses).flatMap((dated) => Object.values(dated).flat())
  expect(addresses.map((address) => getAddress(address.toLowerCase()))).toEqual(addresses)
  expect(new Set(addresses).size).toBe(18)
})

test('each network that has changed its Relay has the one from before and the one of today', () => {
  for (const network of ['flare', 'songbird', 'coston2', 'coston'] as const) {
    expect(datedAddresses[network].relay.length).toBeGreaterThanOrEqual(2)
    expect(chainBoundSince[network]).toBeGreaterThan(0)
  }
  expect(chainBoundSince.local).toBeUndefined()
})
