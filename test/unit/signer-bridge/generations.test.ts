import { expect, test } from 'vitest'
import { generationsOf } from '../../../signer-bridge/chain/generations.ts'
import { inMemory } from '../../../signer-bridge/journal/database.ts'
import { openObservations } from '../../../signer-bridge/observations/observations.ts'

const at = (digit: string) => `0x${digit.repeat(40)}` as const
const contracts = {
  flareSystemsManager: at('1'),
  relay: at('A'),
  ftsoRewardOffersManager: at('3'),
  voterRegistry: at('4'),
}
type Known = Omit<typeof contracts, 'relay'> & { readonly relay: `0x${string}` }
const sure = (known: Known) => ({ contracts: known, isSure: true })

test('whatever the registry has ever told stays an address to be asked about', () => {
  const { contracts: book } = openObservations(inMemory, { chainId: 31_337 })
  generationsOf(sure(contracts), 'local', book)
  const { relays, speakers } = generationsOf(sure({ ...contracts, relay: at('B') }), 'local', book)
  expect(relays).toEqual([at('a'), at('b')])
  expect(speakers).toEqual([at('1'), at('3'), at('4'), at('a'), at('b')])
})

test('what one node alone has told is asked about now, and not remembered', () => {
  const { contracts: book } = openObservations(inMemory, { chainId: 31_337 })
  const told = { contracts: { ...contracts, relay: at('E') }, isSure: false }
  expect(generationsOf(told, 'local', book).relays).toEqual([at('e')])
  expect(generationsOf(sure(contracts), 'local', book).relays).toEqual([at('a')])
})

test('so does what is known from before there was a bridge', () => {
  const { contracts: book } = openObservations(inMemory, { chainId: 14 })
  const { relays, speakers } = generationsOf(sure(contracts), 'flare', book)
  expect(relays).toHaveLength(4)
  // Of before February 2026, of before and after Relay v2.
  expect(relays).toEqual(
    expect.arrayContaining([
      at('a'),
      '0x57a4c3676d08aa5d15410b5a6a80fbcef72f3f45',
      '0xccf30790a93f15e24eb909548a2c58a9b0a7fbd4',
      '0x5a2eb0cdb4aa8253924a488a77edfd24bb64407f',
    ]),
  )
  expect(speakers).toEqual(expect.arrayContaining([...relays, at('4')]))
})
