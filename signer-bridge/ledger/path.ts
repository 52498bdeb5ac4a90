/**
 * Derivation paths, held to one spelling before any library sees them: Ledger's own parser drops what
 * it cannot read (`44'/60'/x/0/0` becomes four levels) and takes `44h` for an unhardened 44.
 */

import { z } from 'zod'

/** The purpose and coin that the Ethereum app signs for; then 3 to 5 levels in all. */
const spelling = /^44'\/60'\/(?:0|[1-9]\d{0,8})'(?:\/(?:0|[1-9]\d{0,8})){0,2}$/

/** A path such as `44'/60'/0'/0/0`. */
export const ledgerPathSchema = z
  .string()
  .regex(spelling, "Expected a path of the Ethereum app, spelled like 44'/60'/0'/0/0.")

/** The path that is offered when none is named: one index for each role. */
export function defaultPath(index: number): string {
  return `44'/60'/0'/0/${index}`
}
