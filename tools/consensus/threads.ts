/** Threads that work jobs off, and stop taking new ones when the time is up. */

import { Worker } from 'node:worker_threads'
import type { Cell, Job } from './contest.ts'

export type Work = {
  readonly cells: readonly Cell[]
  /** Jobs that the time did not suffice for. */
  readonly left: number
}

/**
 * Works jobs off on so many threads. A job that is under way at the deadline is finished.
 *
 * @param deadlineAtMs By `performance.now()`.
 * @throws {Error} what a thread dies of.
 */
export async function workOff(
  jobs: readonly Job[],
  threads: number,
  deadlineAtMs: number,
): Promise<Work> {
  const results: Cell[][] = jobs.map(() => [])
  let next = 0
  const takeNext = () => (performance.now() < deadlineAtMs && next < jobs.length ? next++ : -1)
  let done = 0

  const thread = async () => {
    const worker = new Worker(new URL('./worker.ts', import.meta.url))
    try {
      for (let index = takeNext(); index >= 0; index = takeNext()) {
        const answer = answerOf(worker)
        worker.postMessage(jobs[index])
        results[index] = await answer
        done += 1
      }
    } finally {
      await worker.terminate()
    }
  }
  await Promise.all(Array.from({ length: Math.min(threads, jobs.length) }, thread))
  return { cells: results.flat(), left: jobs.length - done }
}

function answerOf(worker: Worker): Promise<Cell[]> {
  return new Promise((resolve, reject) => {
    const settle = (act: () => void) => {
      worker.off('message', onMessage)
      worker.off('error', onError)
      act()
    }
    const onMessage = (cells: Cell[]) => settle(() => resolve(cells))
    const onError = (error: Error) => settle(() => reject(error))
    worker.on('message', onMessage)
    worker.on('error', onError)
  })
}
