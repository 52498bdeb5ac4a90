/**
 * Numbers as exchanges write them: strings or JSON numbers, with exponents or without. Whatever is
 * no finite number (`""`, `null`, `"nan"`, `"0x10"`) is absent, never 0.
 */

/** Longer than any price or volume that was ever printed; anything beyond is no number to us. */
const maxLength = 64

const pattern = /^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d{1,3})?$/i

/** The finite number that a value spells, if it spells one. */
export function decimal(value: unknown): number | undefined {
  const number = typeof value === 'string' ? fromText(value) : value
  return typeof number === 'number' && Number.isFinite(number) ? number : undefined
}

/** The same, above zero: prices. Exchanges print 0 for a price that they do not have. */
export function positiveDecimal(value: unknown): number | undefined {
  const number = decimal(value)
  return number !== undefined && number > 0 ? number : undefined
}

/** The same, zero or more: volumes. */
export function nonNegativeDecimal(value: unknown): number | undefined {
  const number = decimal(value)
  return number !== undefined && number >= 0 ? number : undefined
}

function fromText(text: string): number | undefined {
  return text.length <= maxLength && pattern.test(text) ? Number(text) : undefined
}
