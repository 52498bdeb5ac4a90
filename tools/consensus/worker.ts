/** A thread of the benchmark: takes jobs one at a time, answers each with its cells. */

import { parentPort } from 'node:worker_threads'
import { contestOf, type Job } from './contest.ts'

parentPort?.on('message', (job: Job) => parentPort?.postMessage(contestOf(job)))
