/** What the fields of published vectors look like. */

import { type Hex, isAddress } from 'viem'
import { z } from 'zod'

export const hexSchema = z.templateLiteral(['0x', z.string().regex(/^[0-9a-fA-F]*$/)])
export const bigintSchema = z
  .string()
  .regex(/^\d+$/)
  .transform((text) => BigInt(text))
export const addressSchema = hexSchema.refine((text) => isAddress(text, { strict: false }))

/** An integer as the 32 bytes that it is on chain. */
export function word(value: bigint): Hex {
  return `0x${value.toString(16).padStart(64, '0')}`
}
