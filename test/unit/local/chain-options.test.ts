import { expect, test } from 'vitest'
import { anvilBinary } from '../../../local/chain/anvil.ts'
import { chainOptionsOf } from '../../../local/chain/options.ts'
import { extraVoter } from '../../../local/chain/voters.ts'

test('without arguments the chain is like Flare, on the port that anvil is known for', () => {
  expect(chainOptionsOf([])).toEqual({ port: 8_545, roundSec: 90, extraVoters: 2, voters: [] })
})

test('voters are given as JSON, several of them, their weight if it matters', () => {
  const { weight, ...addresses } = extraVoter(7)
  const { voters } = chainOptionsOf([
    `--voter=${JSON.stringify(addresses)}`,
    `--voter=${JSON.stringify({ ...extraVoter(8), weight: 5 })}`,
  ])
  expect(voters).toEqual([
    { ...addresses, weight },
    { ...extraVoter(8), weight: 5 },
  ])
})

test.each([
  ['--port', '65536'],
  ['--round-seconds', '5'],
  ['--reward-epoch-rounds', '3'],
  ['--voter', '{"identity":"0x12"}'],
  ['--voter', 'me'],
])('%s %s is refused in a sentence that names it', (name, value) => {
  expect(() => chainOptionsOf([name, value])).toThrow(new RegExp(`make no sense.*${name}`, 's'))
})

test('no two addresses of the extra voters are the same', () => {
  const all = [0, 1, 2].flatMap((index) => {
    const { weight: _, ...addresses } = extraVoter(index)
    return Object.values(addresses)
  })
  expect(new Set(all).size).toBe(12)
})

test("the platform's own binary is found, and a platform without one is named", () => {
  expect(anvilBinary()).toMatch(/anvil-\w+-\w+[/\\]bin[/\\]anvil$/)
  expect(() => anvilBinary('plan9', 'mips')).toThrow('plan9-mips')
})
