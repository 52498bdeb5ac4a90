/** Figures that nodes tell: a node may say anything, and no sum may break over it. */

/**
 * A count or a stamp, as a number.
 *
 * @throws {RangeError} if it is negative, broken, absent or more than a double holds exactly.
 */
export function figureIn(told: bigint | number | null | undefined): number {
  const figure = Number(told ?? Number.NaN)
  if (Number.isSafeInteger(figure) && figure >= 0) return figure
  throw new RangeError('A node tells of a figure that is none.')
}

/** Wei, of which there are far fewer: as many digits as a report may have. */
const mostWei = 10n ** 30n

/** @throws {RangeError} if there cannot be so much, or it is no amount. */
export function weiIn(told: bigint): bigint {
  if (typeof told === 'bigint' && told >= 0n && told < mostWei) return told
  throw new RangeError('A node tells of an amount that is none.')
}
