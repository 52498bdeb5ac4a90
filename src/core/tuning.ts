/**
 * The numbers that the vote and its memory are tuned by, each with its reason. What an operator may
 * want otherwise is in the policy; these change together with a run of the consensus bench.
 */

export const tuning = {
  /** How old a price may be, and what time does to it. */
  age: {
    /** Times a source's own mean interval between trades: at 8 an honest gap is longer in 1 of 3 000. */
    limitInIntervals: 8,
    /** A gap of more than this many intervals teaches nothing of how long they are. */
    teachInIntervals: 4,
    /** However slow a source is, a price older than this is of another time. Milliseconds. */
    mostMs: 600_000,
    /** Mean time between trades of a source that does not date them, before anything is known of it. */
    undatedMs: 2_000,
    /** An unmoved price is frozen only if the market has likely moved by this much since. Fraction. */
    telltaleMove: 5e-4,
    /** A book wider than this says nothing by its middle. Fraction of the price. */
    widestBook: 0.02,
    /** How far ahead a quote may be dated: a late tick (15 s), an answer (10 s), a fast clock. */
    futureMs: 30_000,
  },
  /** How far a price may lie from the last consensus before it is beyond belief: a decimal shift. */
  belief: {
    /** Logarithm of the ratio; nothing liquid moved 35 % between two ticks. */
    leastMove: 0.3,
    /** Standard deviations of the time that has passed, for the day on which something does. */
    moveInSigmas: 15,
  },
  /** The standard deviation that a source's price is taken to have. */
  sigma: {
    /** A handful of quotes coincide by chance, and that makes nobody exact. Fraction. */
    least: 5e-5,
    /** Of a source without history, beside others: never below, as the old gate's floor was 10 bps. */
    leastNew: 2e-4,
    /** Nor above: new sources that differ by more are in two camps rather than noisy. */
    mostNew: 2e-3,
    /** Of two sources without history: their gap tells nothing, so that 50 bps apart still agree. */
    pair: 6.3e-4,
    /** Sources farther apart than this do not price the same thing. */
    most: 5e-3,
    /** A source may be this many times as noisy as a typical one of its feed, or 10 bps if more. */
    mostInScales: 3,
    mostKnown: 1e-3,
  },
  /** The gate around the start. */
  gate: {
    /** Iglewicz and Hoaglin 1993: of honest normal values 1 in 2 000 is outside. */
    sigmas: 3.5,
    /** Tick sizes, fees and clocks: what no learnt spread need know of. Fraction. */
    floor: 3e-4,
    /** Votes within 50 ± 8 % in two camps are no majority. */
    splitShare: 0.08,
    /** The last consensus may stand in for one missing voice for as long as FTSO's round. Milliseconds. */
    lastVoiceMs: 90_000,
    /** Who holds this share of all repute is a majority, however many the others are. */
    reputeShare: 2 / 3,
    /** A second try for a majority is made in a gate this many times as wide. */
    secondTry: 2,
  },
  /** The freshness votes of the start. */
  start: {
    /** Above the bare f / (n - f) that a fresh minority needs to be outvoted by. */
    margin: 1.1,
  },
  weight: {
    /** Variance at which precision no longer counts fully: below 1.7 bps all are as good. */
    varianceUnit: 1e-7,
    varianceFloor: 0.3,
  },
  estimator: {
    /** Huber's k: 95 % efficiency where errors are normal. */
    huberSigmas: 1.345,
    huberSteps: 8,
    /** Share of the weight that the trimmed mean leaves out on each side. */
    trim: 0.25,
  },
  interval: {
    /** Half-width in standard errors for a nominal 95 %: that of normal errors. */
    factor: 1.96,
    /** What all sources have wrong together. Bps. */
    commonBps: 0.3,
    /** Whatever dates say, what a ticker shows is a second or two old, and everybody's alike. */
    hiddenSec: 2,
  },
  learning: {
    /** Memory of the averages: at a tick each 30 s a new one weighs 0.05. */
    memoryMs: 600_000,
    /** Ticks nearer or farther than this weigh as if they were not. */
    leastStepMs: 1_000,
    mostStepMs: 60_000,
    /** First ticks weigh more: as in a plain mean of this many. */
    warmTicks: 20,
    /** Standard deviation of a second before anything is known: 70 % a year. */
    volatility: 1.25e-4,
    /** Never below: tick size alone makes this much. */
    leastVolatility: 1e-5,
    /** Moves beyond this many standard deviations teach as if they were not. */
    clipSigmas: 4,
    /** What a tick teaches of a source's noise is clipped here, and the mean of it made a deviation. */
    teachSigmas: 2,
    teachMean: 1.28,
    /** A learnt lean is never trusted farther than this. Bps. */
    mostBiasBps: 4,
  },
  reputation: {
    /** A rejection or an alarm costs a third. */
    loss: 0.65,
    /** A tick in agreement wins back this share of what is missing. */
    gain: 0.08,
    /** Nobody is forgotten: a source at the floor can still come back. */
    floor: 0.05,
    /** What its word is worth at the least where it is asked who is right: repute is no proof. */
    leastWorth: 0.5,
  },
  /** CUSUM on the residual in standard deviations: the tool for slow drift. */
  drift: {
    /** What an honest source strays now and then adds up to nothing. */
    slack: 0.75,
    /** An honest source alarms it about once in a thousand ticks. */
    alarm: 6,
    leak: 0.98,
    /** From half an alarm on a source teaches nothing of its noise and lean. */
    silentFrom: 3,
  },
  standing: {
    /** A quote this far from the consensus is another thing under the same name. Fraction. */
    stray: 0.2,
    /** A member that strays for this many ticks in a row is no member any more. */
    strayTicks: 5,
    /** Absent for longer than this a source is new again. Milliseconds. */
    returningMs: 1_800_000,
  },
  /** How far a last consensus may be rolled: what the market hardly does in the time. */
  roll: { mostSigmas: 5 },
  /** Sources remembered by a feed. */
  mostSources: 64,
} as const
