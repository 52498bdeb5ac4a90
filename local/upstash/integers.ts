/** Redis's integers: 64 bits, signed, and strict about how they are written. */

import { CommandError } from './command-error.ts'

export const maxInteger = 2n ** 63n - 1n
export const minInteger = -(2n ** 63n)

/** No sign but a minus, no leading zeros, no blanks. */
const spelling = /^(?:0|-?[1-9]\d{0,18})$/

/** The integer that a text spells, if it spells one of 64 bits. */
export function integerOf(text: string): bigint | undefined {
  if (!spelling.test(text)) return undefined
  const value = BigInt(text)
  return isInteger(value) ? value : undefined
}

/**
 * The integer that an argument spells.
 *
 * @throws {CommandError} with `refusal` if it spells none.
 */
export function integerArgument(
  text: string,
  refusal = 'ERR value is not an integer or out of range',
): bigint {
  const value = integerOf(text)
  if (value === undefined) throw new CommandError(refusal)
  return value
}

/**
 * A sum of 64 bits.
 *
 * @throws {CommandError} if it needs more.
 */
export function sumOf(a: bigint, b: bigint): bigint {
  const sum = a + b
  if (!isInteger(sum)) throw new CommandError('ERR increment or decrement would overflow')
  return sum
}

function isInteger(value: bigint): boolean {
  return value >= minInteger && value <= maxInteger
}
