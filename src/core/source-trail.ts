/** What a source did of late: enough to tell whether what it does now is unlike it. */

/** A source's quote as the detectors look at it. */
export type Sighting = {
  readonly source: string
  readonly price: number
  /** Base units; 0 where the source says none. */
  readonly volume: number
  readonly bid?: number | undefined
  readonly ask?: number | undefined
  readonly observedAtMs: number
  /** Standard deviation that its price is taken to have, as a fraction of the price. */
  readonly sigma: number
}

/** The tick that a sighting is of. */
export type Scene = {
  /** What the sources say together, quote currency for one unit of base. */
  readonly centre: number
  /** Unix milliseconds. */
  readonly atMs: number
}

/** Plain numbers, all finite; logarithms of ratios are to base 2 where not said otherwise. */
export type SourceTrail = {
  /** The last tick that it was seen in, Unix milliseconds. */
  readonly seenAtMs: number
  readonly price: number
  /** The centre of that tick. */
  readonly centre: number
  /** Natural logarithm of its price by the centre. */
  readonly residual: number
  /** Ticks in a row, after the first, in which it has said this price. */
  readonly run: number
  /** What such a run usually comes to. */
  readonly usualRun: number
  /** How old its price usually is, milliseconds. */
  readonly usualAgeMs: number
  /** Logarithm of its usual volume; 0 until it has said one. */
  readonly usualVolume: number
  /** Logarithm of its usual spread as a fraction of the price; 0 until it has shown a book. */
  readonly usualSpread: number
  /** -1 to 1: whether it moves to the side that the others move to; 0 if nobody knows. */
  readonly accord: number
}

/** How fast what is usual follows what is: half of a lasting change is learnt in 34 sightings. */
const learningRate = 0.02

/** One sighting changes what is usual by what a change of this factor would teach, at most. Base 2. */
const longestLesson = 1

/** Runs end less often than sightings come. */
const runRate = 0.1

/** One move says little about whom a source follows. */
const accordRate = 0.1

/** A move of the others below so many standard deviations has no direction worth comparing. */
const leastMove = 2

/** A longer run says no more. */
const longestRun = 10_000

/** An older price says no more, milliseconds: a day. */
const longestAgeMs = 86_400_000

/** A spread below this, as a fraction of the price, is as good as none. */
const leastSpread = 1e-6

/** The trail of a source after one more sighting. */
export function trailAfter(
  trail: SourceTrail | undefined,
  sighting: Sighting,
  scene: Scene,
): SourceTrail {
  const now = {
    seenAtMs: scene.atMs,
    price: sighting.price,
    centre: scene.centre,
    residual: residualOf(sighting, scene),
  }
  const ageMs = ageOf(sighting, scene)
  const volume = volumeBits(sighting)
  const spread = spreadBits(sighting)
  if (trail === undefined) {
    const usual = { usualRun: 0, usualAgeMs: ageMs, usualVolume: volume, usualSpread: spread }
    return { ...now, run: 0, ...usual, accord: 0 }
  }

  const isSame = trail.price === sighting.price
  return {
    ...now,
    run: isSame ? Math.min(trail.run + 1, longestRun) : 0,
    usualRun: isSame ? trail.usualRun : towards(trail.usualRun, trail.run, runRate),
    usualAgeMs: towards(trail.usualAgeMs, ageMs, learningRate),
    usualVolume: usualBits(trail.usualVolume, volume),
    usualSpread: usualBits(trail.usualSpread, spread),
    accord: accordAfter(trail, sighting, scene),
  }
}

/** Natural logarithm of a sighting's price by the centre; 0 where either is no price. */
export function residualOf({ price }: Pick<Sighting, 'price'>, { centre }: Scene): number {
  const residual = Math.log(price / centre)
  return Number.isFinite(residual) ? residual : 0
}

/** Milliseconds since a price was observed: not negative, a day at most. */
export function ageOf({ observedAtMs }: Sighting, { atMs }: Scene): number {
  const ageMs = atMs - observedAtMs
  return ageMs > 0 ? Math.min(ageMs, longestAgeMs) : 0
}

/** Logarithm of the volume, 0 where there is none. */
export function volumeBits({ volume }: Sighting): number {
  return volume > 0 && Number.isFinite(volume) ? Math.log2(volume) : 0
}

/** Logarithm of the spread as a fraction of the price, 0 where there is no book. */
export function spreadBits({ price, bid = 0, ask = 0 }: Sighting): number {
  const bits = Math.log2(Math.max((ask - bid) / price, leastSpread))
  return bid > 0 && ask >= bid && Number.isFinite(bits) ? bits : 0
}

/** Whether it moves with the others, after this sighting: a small move of theirs says nothing. */
export function accordAfter(
  trail: SourceTrail,
  { price, sigma }: Sighting,
  { centre }: Scene,
): number {
  const theirs = Math.log(centre / trail.centre)
  if (!(Math.abs(theirs) > leastMove * sigma) || !Number.isFinite(theirs)) return trail.accord
  const own = Math.sign(price - trail.price) || 0
  return towards(trail.accord, own * Math.sign(theirs), accordRate)
}

function usualBits(usual: number, bits: number): number {
  // 0 stands for nothing said, before or now.
  if (bits === 0 || usual === 0) return bits === 0 ? usual : bits
  const change = Math.max(-longestLesson, Math.min(bits - usual, longestLesson))
  return usual + learningRate * change
}

function towards(usual: number, value: number, rate: number): number {
  return usual + rate * (value - usual)
}
