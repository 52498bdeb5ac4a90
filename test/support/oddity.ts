/** Values as no document promises them, for properties of whatever reads answers of the world. */

import fc from 'fast-check'

/** A value as no document promises it. */
export const oddity = fc.oneof(
  fc.double(),
  fc.integer({ min: -(2 ** 53), max: 2 ** 53 }),
  fc.double({ min: 1.7e12, max: 1.8e12 }),
  fc.double().map(String),
  fc.constantFrom('', 'nan', '1e308', '5e-324', '1e-400', '0x10', null, true),
  fc.anything({ maxDepth: 1 }),
)

/** A row of which some of these fields are odd. */
export function oddly(
  row: Record<string, unknown>,
  names = Object.keys(row),
): fc.Arbitrary<Record<string, unknown>> {
  const fields = Object.fromEntries(names.map((name) => [name, oddity]))
  return fc.record(fields, { requiredKeys: [] }).map((odd) => ({ ...row, ...odd }))
}
