import { numberToHex } from 'viem'
import { expect, test } from 'vitest'
import { roundRandomOf } from '../../../src/protocol/round-random.ts'
import { providerAt } from '../../support/votes.ts'

/** Providers 1, 2, … who reveal these randoms; others who withhold theirs. */
function judged(randoms: readonly bigint[], offenders: readonly number[] = []) {
  return {
    valid: new Map(
      randoms.map((random, i) => [
        providerAt(i + 1),
        { random: numberToHex(random, { size: 32 }), feedValues: '0x' as const },
      ]),
    ),
    offenders: new Set(offenders.map(providerAt)),
  }
}

const largest = 2n ** 256n - 1n

test.each<{
  why: string
  randoms: readonly bigint[]
  offenders?: readonly number[]
  benched?: readonly number[]
  value: bigint
  isSecure: boolean
}>([
  { why: 'the sum', randoms: [1n, 2n, 4n], value: 7n, isSecure: true },
  { why: 'the sum modulo 2^256', randoms: [largest, largest, 5n], value: 3n, isSecure: true },
  { why: 'two that cancel out', randoms: [largest, 1n], value: 0n, isSecure: true },
  { why: 'one alone, who would choose', randoms: [9n], value: 9n, isSecure: false },
  {
    why: 'who is benched adds nothing',
    randoms: [1n, 2n, 4n],
    benched: [2],
    value: 5n,
    isSecure: true,
  },
  {
    why: 'one alone beside the benched',
    randoms: [1n, 2n],
    benched: [2],
    value: 1n,
    isSecure: false,
  },
  { why: 'nobody but the benched', randoms: [1n, 2n], benched: [1, 2], value: 0n, isSecure: false },
  { why: 'a new offence', randoms: [1n, 2n], offenders: [3], value: 3n, isSecure: false },
  {
    why: 'an offence of the benched',
    randoms: [1n, 2n],
    offenders: [3],
    benched: [3],
    value: 3n,
    isSecure: true,
  },
  {
    why: 'an old and a new one',
    randoms: [1n, 2n],
    offenders: [3, 4],
    benched: [3],
    value: 3n,
    isSecure: false,
  },
])('$why', ({ randoms, offenders, benched = [], value, isSecure }) => {
  expect(roundRandomOf(judged(randoms, offenders), new Set(benched.map(providerAt)))).toEqual({
    value,
    isSecure,
  })
})
