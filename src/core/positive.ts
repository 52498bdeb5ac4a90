/** What may be a price or a volume. */

/** Whether a number is there, finite and above 0. */
export function isPositive(value: number | undefined): value is number {
  return value !== undefined && Number.isFinite(value) && value > 0
}
