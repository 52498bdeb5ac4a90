/**
 * A backtest as a drawing: for each feed its errors over time (the largest and the mean of each
 * stretch, on a logarithmic scale) and, beside them, how they are spread. Plain SVG.
 */

import type { ErrorTally } from './error-tally.ts'
import type { Replay } from './replay.ts'
import type { Stretch } from './timeline.ts'

/** Feeds drawn at most: a page has an end. */
export const maxDrawn = 40

const width = 960
const rowHeight = 170
const timeWidth = 620
const left = 60
const histogramLeft = left + timeWidth + 60
const histogramWidth = width - histogramLeft - 20
const plotHeight = 110
const top = 40

/** Bounds of both scales, bps. */
const lowest = 0.01
const highest = 10_000
const decades = Math.log10(highest / lowest)

/** Bars a decade. */
const barsPerDecade = 6

export function plotOf(feeds: readonly Replay[]): string {
  const drawn = feeds.slice(0, maxDrawn)
  const height = drawn.length * rowHeight + 20
  const rows = drawn.map((feed, row) => rowOf(feed, row * rowHeight))
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="11">`,
    `<rect width="${width}" height="${height}" fill="white"/>`,
    ...rows,
    '</svg>',
    '',
  ].join('\n')
}

function rowOf(feed: Replay, y: number): string {
  const { stretches } = feed.timeline
  return [
    `<g transform="translate(0 ${y})">`,
    `<text x="${left}" y="24" font-size="14">${escaped(feed.symbol)}: error in bps over time</text>`,
    `<text x="${histogramLeft}" y="24">how often, by size in bps</text>`,
    gridOf(),
    `<path d="${lineOf(stretches, ({ maxBps }) => maxBps)}" fill="none" stroke="#d88" stroke-width="1"/>`,
    `<path d="${lineOf(stretches, ({ meanBps }) => meanBps)}" fill="none" stroke="#246" stroke-width="1.2"/>`,
    timesOf(stretches),
    barsOf(feed.errors),
    '</g>',
  ].join('\n')
}

/** A line at each power of ten. */
function gridOf(): string {
  return Array.from({ length: decades + 1 }, (_, decade) => {
    const bps = lowest * 10 ** decade
    const y = yOf(bps).toFixed(1)
    return (
      `<line x1="${left}" x2="${left + timeWidth}" y1="${y}" y2="${y}" stroke="#ddd"/>` +
      `<text x="${left - 6}" y="${Number(y) + 4}" text-anchor="end">${Number(bps.toPrecision(1))}</text>`
    )
  }).join('\n')
}

function lineOf(stretches: readonly Stretch[], bpsOf: (stretch: Stretch) => number): string {
  const fromMs = stretches[0]?.fromMs ?? 0
  const spanMs = Math.max(1, (stretches.at(-1)?.fromMs ?? 0) - fromMs)
  return stretches
    .map((stretch, i) => {
      const x = left + (timeWidth * (stretch.fromMs - fromMs)) / spanMs
      return `${i === 0 ? 'M' : 'L'}${x.toFixed(1)} ${yOf(bpsOf(stretch)).toFixed(1)}`
    })
    .join('')
}

function timesOf(stretches: readonly Stretch[]): string {
  const first = stretches[0]
  const last = stretches.at(-1)
  if (first === undefined || last === undefined) return ''
  const y = top + plotHeight + 14
  return (
    `<text x="${left}" y="${y}">${timeOf(first.fromMs)}</text>` +
    `<text x="${left + timeWidth}" y="${y}" text-anchor="end">${timeOf(last.toMs)}</text>`
  )
}

function barsOf(errors: ErrorTally): string {
  const bars = Array.from({ length: decades * barsPerDecade }, () => 0)
  for (const [bps, count] of errors.histogram()) {
    const place = Math.floor(Math.log10(bps / lowest) * barsPerDecade)
    const bar = Math.min(Math.max(place, 0), bars.length - 1)
    bars[bar] = (bars[bar] ?? 0) + count
  }
  const most = Math.max(1, ...bars)
  const barWidth = histogramWidth / bars.length
  const drawn = bars.map((count, i) => {
    const height = (plotHeight * count) / most
    const x = (histogramLeft + i * barWidth).toFixed(1)
    const y = (top + plotHeight - height).toFixed(1)
    return `<rect x="${x}" y="${y}" width="${(barWidth * 0.85).toFixed(1)}" height="${height.toFixed(1)}" fill="#246"/>`
  })
  const ends =
    `<text x="${histogramLeft}" y="${top + plotHeight + 14}">${lowest}</text>` +
    `<text x="${histogramLeft + histogramWidth}" y="${top + plotHeight + 14}" text-anchor="end">${highest}</text>`
  return [...drawn, ends].join('\n')
}

function yOf(bps: number): number {
  const share = Math.log10(Math.min(Math.max(bps, lowest), highest) / lowest) / decades
  return top + plotHeight * (1 - share)
}

/** Instants beyond the calendar's end are told as they are. */
function timeOf(ms: number): string {
  const date = new Date(ms)
  return Number.isNaN(date.getTime()) ? `${ms} ms` : date.toISOString().slice(0, 19)
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
}
