/**
 * In which order the gate runs its test files. By itself vitest goes project by project, the largest
 * file first, and a file that waits for a chain's rounds would begin near the end and outlast all
 * others. So those that wait the longest begin first, and pure functions fill what time they leave.
 */

import { relative } from 'node:path'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** They follow a chain in real time, for half a minute and more, and need little of a processor. */
const waitingLongest = [
  'test/services/roots.test.ts',
  'test/services/housekeeping-register.test.ts',
  'test/services/chain.test.ts',
  'test/services/housekeeping.test.ts',
]

/** These do the most, or wait for a while, and should not be what a run ends with. */
const long = [
  'test/services/observer.test.ts',
  'test/services/live.test.ts',
  'test/services/history-postgres.test.ts',
  'test/services/neon.test.ts',
  'test/unit/tools/collect/chrono-collect.test.ts',
  'test/unit/signer-bridge/roots-loop.test.ts',
  'test/unit/signer-bridge/crash.test.ts',
]

/** Unit tests come last: there are hundreds, none of them long, so all processes end together. */
const projects = ['worker', 'services', 'unit']

/** A file, by its path from the root, and the project that it is of. */
export type TestFile = { readonly project: string; readonly path: string }

/**
 * Compares two files of a run; the earlier is less.
 *
 * @param firstOfWorker The file that starts workerd. It goes before those that wait, so that one
 *   process starts workerd once and keeps it for all files of its project.
 */
export function orderOf(firstOfWorker: string | undefined) {
  const rank = ({ project, path }: TestFile): readonly [number, number, number] => {
    const group = path === firstOfWorker ? 0 : waitingLongest.includes(path) ? 1 : 2
    // A project, or a file, that nobody has named goes after those that are named.
    const place = [...waitingLongest, ...long].indexOf(path)
    return [group, after(projects.indexOf(project)), after(place)]
  }
  return (one: TestFile, other: TestFile): number => {
    const [ranks, others] = [rank(one), rank(other)]
    for (const [i, each] of ranks.entries()) {
      const difference = each - (others[i] ?? 0)
      if (difference !== 0) return difference
    }
    return one.path < other.path ? -1 : Number(one.path > other.path)
  }
}

/** An index for sorting: that of what is not there is beyond all others. */
function after(index: number): number {
  return index < 0 ? 1_000 : index
}

export class TestOrder extends BaseSequencer {
  override sort(specifications: TestSpecification[]): Promise<TestSpecification[]> {
    const files = specifications.map((specification) => ({
      specification,
      project: specification.project.name,
      path: relative(this.ctx.config.root, specification.moduleId).replaceAll('\\', '/'),
    }))
    const ofWorker = files.filter(({ project }) => project === 'worker').map(({ path }) => path)
    const order = orderOf(ofWorker.toSorted()[0])
    return Promise.resolve(files.toSorted(order).map(({ specification }) => specification))
  }
}
