/**
 * A Prometheus as far as the alerts of the bridge need one: it reads a page, keeps what it read, and says
 * which rules are on. Of PromQL it knows the forms that the rules use, and throws at any other.
 */

import type { Alert } from '../../signer-bridge/alerts.ts'
import { type Sample, samplesIn } from '../../signer-bridge/exposition.ts'

type Labels = Readonly<Record<string, string>>
type Point = { readonly labels: Labels; readonly value: number }
type Scrape = { readonly atSec: number; readonly samples: readonly Sample[] }

/** No rule looks further back. Seconds. */
const longestRangeSec = 900
/** A number or a vector, as PromQL has it. */
type Value = number | readonly Point[]

/** Seldom enough for a test, often enough for every rule. */
const scrapeEverySec = 30

export class Prometheus {
  readonly #scrapes: Scrape[] = []
  readonly #sinceSec = new Map<string, number>()

  /** Reads a page, and returns the names of the alerts that fire then. */
  read(page: string, atSec: number, rules: readonly Alert[]): readonly string[] {
    this.#scrapes.push({ atSec, samples: samplesIn(page) })
    while ((this.#scrapes[0]?.atSec ?? atSec) < atSec - longestRangeSec) this.#scrapes.shift()
    return rules
      .filter(({ name, expression, forSec }) => {
        const value = valueOf(expression, this.#scrapes)
        const isOn = typeof value !== 'number' && value.length > 0
        if (!isOn) this.#sinceSec.delete(name)
        else if (!this.#sinceSec.has(name)) this.#sinceSec.set(name, atSec)
        return isOn && atSec - (this.#sinceSec.get(name) ?? atSec) >= forSec
      })
      .map(({ name }) => name)
  }
}

type Watch = {
  readonly text: () => Promise<string>
  readonly nowMs: () => number
  /** Lets time pass up to an instant. */
  readonly runUntil: (endMs: number) => Promise<void>
}

/** Lets time pass and reads the page meanwhile. Returns every alert that fired, in order. */
export async function alertsUntil(
  prometheus: Prometheus,
  { text, nowMs, runUntil }: Watch,
  endMs: number,
  rules: readonly Alert[],
): Promise<readonly string[]> {
  const fired = new Set<string>()
  while (nowMs() < endMs) {
    await runUntil(Math.min(endMs, nowMs() + scrapeEverySec * 1_000))
    const names = prometheus.read(await text(), nowMs() / 1_000, rules)
    for (const name of names) fired.add(name)
  }
  return [...fired]
}

/** What an expression is at the last scrape. */
export function valueOf(expression: string, scrapes: readonly Scrape[]): Value {
  const reader = new Reader(expression)
  const value = union(reader, scrapes)
  if (!reader.isAtEnd()) throw new Error(`Not understood: ${reader.rest()} in ${expression}`)
  return value
}

class Reader {
  #text: string

  constructor(text: string) {
    this.#text = text
  }

  /** Takes what is next, if it is this. */
  take(pattern: RegExp): readonly string[] | undefined {
    const found = new RegExp(`^\\s*(?:${pattern.source})`).exec(this.#text)
    if (found === null) return undefined
    this.#text = this.#text.slice(found[0].length)
    return found
  }

  must(pattern: RegExp): readonly string[] {
    const found = this.take(pattern)
    if (found === undefined) throw new Error(`${pattern.source} expected at ${this.#text}`)
    return found
  }

  isAtEnd(): boolean {
    return this.#text.trim() === ''
  }

  rest(): string {
    return this.#text
  }
}

function union(reader: Reader, scrapes: readonly Scrape[]): Value {
  let value = difference(reader, scrapes)
  while (reader.take(/or\b/) !== undefined) {
    const [mine, others] = [pointsOf(value), pointsOf(difference(reader, scrapes))]
    const keys = new Set(mine.map(keyOf))
    value = [...mine, ...others.filter((point) => !keys.has(keyOf(point)))]
  }
  return value
}

function difference(reader: Reader, scrapes: readonly Scrape[]): Value {
  let value = comparison(reader, scrapes)
  while (reader.take(/unless\b/) !== undefined) {
    const keys = new Set(pointsOf(comparison(reader, scrapes)).map(keyOf))
    value = pointsOf(value).filter((point) => !keys.has(keyOf(point)))
  }
  return value
}

const holds: Readonly<Record<string, (value: number, limit: number) => boolean>> = {
  '==': (value, limit) => value === limit,
  '>': (value, limit) => value > limit,
  '<': (value, limit) => value < limit,
}

function comparison(reader: Reader, scrapes: readonly Scrape[]): Value {
  const value = subtraction(reader, scrapes)
  const [, operator = ''] = reader.take(/(==|>|<)/) ?? []
  const compare = holds[operator]
  if (compare === undefined) return value
  const limit = Number(reader.must(/(-?[\d.]+)/)[1])
  return pointsOf(value).filter((point) => compare(point.value, limit))
}

function subtraction(reader: Reader, scrapes: readonly Scrape[]): Value {
  const value = term(reader, scrapes)
  if (reader.take(/-/) === undefined) return value
  const less = pointsOf(term(reader, scrapes))
  if (typeof value !== 'number') throw new Error('A number is expected before the minus.')
  return less.map((point) => ({ ...point, value: value - point.value }))
}

function term(reader: Reader, scrapes: readonly Scrape[]): Value {
  if (reader.take(/time\(\)/) !== undefined) return scrapes.at(-1)?.atSec ?? 0
  const without = reader.take(/sum without \((\w+)\) \(/)
  if (without !== undefined) {
    const points = pointsOf(union(reader, scrapes))
    reader.must(/\)/)
    return summed(points, without[1] ?? '')
  }
  if (reader.take(/increase\(/) !== undefined) {
    const meant = selector(reader)
    const minutes = Number(reader.must(/\[(\d+)m\]\)/)[1])
    return increases(scrapes, meant, minutes * 60)
  }
  const meant = selector(reader)
  return meantIn(scrapes.at(-1), meant)
}

type Meant = { readonly name: string; readonly has: (sample: Sample) => boolean }

/** The samples of a scrape by name: a page has hundreds, and each rule asks for one name of them. */
const byName = new WeakMap<Scrape, ReadonlyMap<string, readonly Sample[]>>()

function meantIn(scrape: Scrape | undefined, { name, has }: Meant): readonly Sample[] {
  if (scrape === undefined) return []
  const names = byName.get(scrape) ?? Map.groupBy(scrape.samples, (sample) => sample.name)
  byName.set(scrape, names)
  return (names.get(name) ?? []).filter(has)
}

/** A metric by its name and labels. */
function selector(reader: Reader): Meant {
  const [, name = '', labels = ''] = reader.must(/(\w+)(?:\{([^}]*)\})?/)
  const wanted = [...labels.matchAll(/(\w+)(=~|!=|=)"([^"]*)"/g)].map(
    ([, label = '', operator, text = '']) => {
      const pattern = new RegExp(`^(?:${text})$`)
      return ({ labels: has }: Sample) => {
        const value = has[label] ?? ''
        if (operator === '=~') return pattern.test(value)
        return (value === text) === (operator === '=')
      }
    },
  )
  return { name, has: (sample) => wanted.every((isMeant) => isMeant(sample)) }
}

/** By how much counters have risen; a restart counts from 0. Without extrapolation. */
function increases(scrapes: readonly Scrape[], meant: Meant, rangeSec: number): readonly Point[] {
  const nowSec = scrapes.at(-1)?.atSec ?? 0
  const series = new Map<string, { labels: Labels; last: number; risen: number; count: number }>()
  for (const scrape of scrapes.filter(({ atSec }) => atSec >= nowSec - rangeSec)) {
    for (const sample of meantIn(scrape, meant)) {
      const { labels, value } = sample
      const key = keyOf(sample)
      const known = series.get(key) ?? { labels, last: value, risen: 0, count: 0 }
      const rise = value >= known.last ? value - known.last : value
      const { risen, count } = known
      series.set(key, { labels, last: value, risen: risen + rise, count: count + 1 })
    }
  }
  return [...series.values()]
    .filter(({ count }) => count > 1)
    .map(({ labels, risen }) => ({ labels, value: risen }))
}

function summed(points: readonly Point[], without: string): readonly Point[] {
  const sums = new Map<string, Point>()
  for (const { labels: all, value } of points) {
    const { [without]: _, ...labels } = all
    const key = keyOf({ labels })
    sums.set(key, { labels, value: (sums.get(key)?.value ?? 0) + value })
  }
  return [...sums.values()]
}

function pointsOf(value: Value): readonly Point[] {
  if (typeof value === 'number') throw new Error('A vector is expected.')
  return value
}

function keyOf({ labels }: Pick<Point, 'labels'>): string {
  return Object.entries(labels)
    .map(([label, value]) => `${label}=${value}`)
    .toSorted()
    .join()
}
