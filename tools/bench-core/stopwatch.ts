/** How long a function takes of a processor, and how much it puts on the heap. */

/** Stretches that each case is measured in; the median of their speeds counts. */
const stretches = 5

/** Runs between two looks at the clock: short enough to stop in time, long enough not to count it. */
const batchMs = 1

/**
 * Runs whose allocations are added up: at most so many, and as few as put a quarter of a megabyte on
 * the heap, so that hardly ever a collection falls among them.
 */
const mostAllocatingRuns = 64
const allocatedInBatch = 262_144
const allocatingBatches = 101

export type Measured = {
  readonly name: string
  readonly perSecond: number
  /** Bytes put on the heap by one run. */
  readonly bytes: number
}

let kept: unknown

/**
 * The median speed of several stretches, of processor time, which neighbours on the machine disturb
 * less than the clock's. The first stretch, in which the code is compiled, is not counted.
 *
 * @param inputs Taken in turn, so that no branch is learnt by heart.
 */
export function measured<T>(
  name: string,
  inputs: readonly T[],
  seconds: number,
  run: (input: T) => unknown,
): Measured {
  const speeds = Array.from({ length: stretches + 1 }, () => speedOf(inputs, seconds, run))
  const sorted = speeds.slice(1).toSorted((left, right) => left - right)
  return { name, perSecond: sorted[stretches >> 1] ?? 0, bytes: bytesOf(inputs, run) }
}

function speedOf<T>(inputs: readonly T[], seconds: number, run: (input: T) => unknown): number {
  const untilMs = performance.now() + (seconds * 1_000) / stretches
  const before = process.cpuUsage()
  let runs = 0
  let batch = 1
  for (let nowMs = performance.now(); nowMs < untilMs;) {
    for (let i = 0; i < batch; i += 1) {
      const input = inputs[(runs + i) % inputs.length]
      if (input !== undefined) keep(run(input))
    }
    runs += batch
    const tookMs = performance.now() - nowMs
    nowMs += tookMs
    if (tookMs < batchMs) batch *= 2
  }
  const { user, system } = process.cpuUsage(before)
  return runs / ((user + system) / 1e6)
}

/** Bytes that one run adds to the heap, by as many runs at a time as hardly ever meet a collection. */
function bytesOf<T>(inputs: readonly T[], run: (input: T) => unknown): number {
  const roughly = addedByRun(inputs, run, 1)
  const runs = Math.max(1, Math.min(Math.floor(allocatedInBatch / roughly), mostAllocatingRuns))
  return addedByRun(inputs, run, runs)
}

/** The median of what batches of runs have added: one in which the heap was swept is no matter. */
function addedByRun<T>(inputs: readonly T[], run: (input: T) => unknown, runs: number): number {
  const added = Array.from({ length: allocatingBatches }, (_, batch) => {
    const before = process.memoryUsage().heapUsed
    for (let i = 0; i < runs; i += 1) {
      const input = inputs[(batch * runs + i) % inputs.length]
      if (input !== undefined) keep(run(input))
    }
    return (process.memoryUsage().heapUsed - before) / runs
  }).toSorted((left, right) => left - right)
  return Math.max(0, added[allocatingBatches >> 1] ?? 0)
}

/** Hands a value to somewhere the compiler cannot see, so that it has to be computed. */
function keep(value: unknown): void {
  kept = value
  if (kept === keep) process.stdout.write('never')
}
