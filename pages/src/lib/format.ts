/** Every number that the page shows, as text. A place for each digit, so that columns stand still. */

/** One locale for all, so that two people who compare see the same. */
const locale = 'en-GB'

/** Digits that count in a price, at least; and the decimals that it may have. */
const significantDigits = 6
const minDecimals = 2
const maxDecimals = 18

/** Between a number and its unit: a space at which no line breaks. */
const space = '\u202f'
const minus = '\u2212'

/** A price with as many decimals as its size asks for: `97,500.10`, `0.123457`, `0.0000123457`. */
export function priceText(price: number): string {
  return decimalText(price, decimalsFor(price))
}

/** A change in percent, with its sign: `+1.23 %`, `−0.40 %`. */
export function changeText(percent: number): string {
  const rounded = Math.round(percent * 100) / 100
  const sign = rounded > 0 ? '+' : rounded < 0 ? minus : ''
  return `${sign}${decimalText(Math.abs(rounded), 2)}${space}%`
}

/** How long ago, in the two largest units: `4 s`, `2 m 05 s`, `1 h 02 m`, `3 d 04 h`. */
export function ageText(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1_000))
  const minutes = Math.floor(seconds / 60)
  const hours = Math.floor(minutes / 60)
  const days = Math.floor(hours / 24)
  if (minutes === 0) return withUnit(seconds, 's')
  if (hours === 0) return `${withUnit(minutes, 'm')} ${withUnit(twoDigits(seconds % 60), 's')}`
  if (days === 0) return `${withUnit(hours, 'h')} ${withUnit(twoDigits(minutes % 60), 'm')}`
  return `${withUnit(days, 'd')} ${withUnit(twoDigits(hours % 24), 'h')}`
}

/** A share of 1 in whole percent, never rounded up to certainty: `97 %`. */
export function shareText(share: number): string {
  const percent = Math.round(share * 100)
  return withUnit(share < 1 ? Math.min(99, percent) : percent, '%')
}

/** The half-width of an interval, in basis points: `±1.5 bp`. */
export function intervalText(bps: number): string {
  return `±${decimalText(bps, bps < 10 ? 1 : 0)}${space}bp`
}

/** A whole number: `120,431`. */
export function countText(count: number): string {
  return decimalText(count, 0)
}

/** A number and what it counts: `1 source`, `3 sources`. */
export function countedText(count: number, one: string, many = `${one}s`): string {
  return `${countText(count)} ${count === 1 ? one : many}`
}

/** Milliseconds of waiting: `87 ms`, `1.24 s`. */
export function latencyText(ms: number): string {
  return ms < 1_000 ? withUnit(Math.round(ms), 'ms') : withUnit(decimalText(ms / 1_000, 2), 's')
}

/** A hash, short: its beginning and its end. */
export function hashText(hash: string): string {
  return hash.length <= 13 ? hash : `${hash.slice(0, 6)}…${hash.slice(-4)}`
}

/** The time of day of an instant (Unix milliseconds), the same everywhere: `14:03:59`. */
export function timeText(atMs: number): string {
  return new Date(atMs).toISOString().slice(11, 19)
}

/** Names, at most so many, and how many more there are: `binance, coinbase +2`. */
export function namesText(names: readonly string[], atMost: number): string {
  const more = names.length - atMost
  const shown = names.slice(0, atMost).join(', ')
  return more > 0 ? `${shown} +${more}` : shown
}

function decimalsFor(price: number): number {
  if (price <= 0) return minDecimals
  const before = Math.floor(Math.log10(price)) + 1
  return Math.min(maxDecimals, Math.max(minDecimals, significantDigits - before))
}

function decimalText(value: number, decimals: number): string {
  return value.toLocaleString(locale, {
    minimumFractionDigits: decimals,
    maximumFractionDigits: decimals,
  })
}

function withUnit(value: number | string, unit: string): string {
  return `${value}${space}${unit}`
}

function twoDigits(value: number): string {
  return String(value).padStart(2, '0')
}
