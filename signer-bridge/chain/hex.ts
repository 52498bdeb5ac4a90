/** Hex text at the doors: what nodes answer and what files hold. */

import { z } from 'zod'

/** Any number of digits. */
export const hexSchema = z.templateLiteral(['0x', z.string().regex(/^[0-9a-fA-F]*$/)])

/** A number as JSON-RPC spells it, of those that a double can hold. */
export const quantitySchema = z
  .string()
  .regex(/^0x[0-9a-fA-F]+$/)
  .transform(Number)
  .pipe(z.int())

/** 32 bytes, in lower case. */
export const hash32Schema = z
  .string()
  .regex(/^0x[0-9a-fA-F]{64}$/)
  .transform((text): `0x${string}` => `0x${text.slice(2).toLowerCase()}`)

/** 20 bytes, in lower case. */
export const addressSchema = z
  .string()
  .regex(/^0x[0-9a-fA-F]{40}$/)
  .transform((text): `0x${string}` => `0x${text.slice(2).toLowerCase()}`)
