/**
 * `npm run bench:protocol`: what a round of the protocol costs one core, each beside the least that
 * anybody would have to do for it: hashing what is to be hashed, reading what is to be read.
 *
 *     node tools/bench-protocol.ts [--write] [--date YYYY-MM-DD] [--seconds N]
 *
 * `--write` puts the table into docs/performance.md. Whoever is slow is told, not failed.
 */

import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { keccak256 } from 'viem'
import { benchingRounds } from '../src/protocol/benching.ts'
import { commitHash } from '../src/protocol/commit.ts'
import { encodeFeedValues } from '../src/protocol/feed-values.ts'
import { networks } from '../src/protocol/networks.ts'
import { protocolIds } from '../src/protocol/payload.ts'
import { type FullBlock, rawSubmissionsOf } from '../src/protocol/raw-submissions.ts'
import { roundResultOf } from '../src/protocol/round-result.ts'
import { submissionCalldata } from '../src/protocol/submission.ts'
import { submissionsOfRound } from '../src/protocol/submissions-of-round.ts'
import { blockCount, feedCount, fullRound, voterCount } from './bench/full-round.ts'
import { machineFacts, type Row, tableOf, today, writeSection } from './report.ts'

const reportFile = fileURLToPath(new URL('../docs/performance.md', import.meta.url))

/** A result takes no longer, that the signature may still fall into the grace period. */
const resultBudgetMs = 50

/** Stretches that each case is measured in; the median of their costs counts. */
const stretches = 5

type Case = {
  readonly name: string
  readonly run: () => unknown
  /** Against which it is held; a yardstick has none. */
  readonly yardstick?: string
  readonly budgetMs?: number
}

const { values: options } = parseArgs({
  options: {
    write: { type: 'boolean', default: false },
    date: { type: 'string', default: today() },
    seconds: { type: 'string', default: '1' },
  },
})
const seconds = Number(options.seconds)
if (!(seconds > 0 && seconds <= 60)) throw new Error('--seconds takes a number up to 60.')

const { votingRoundId, epoch, blocks, entries, reveals } = fullRound()
const submissions = readBlocks(blocks)
const history = new Map(
  Array.from({ length: benchingRounds }, (_, i) => [votingRoundId - 1 - i, new Set<never>()]),
)
const blocksText = JSON.stringify(blocks)
const [own] = reveals
if (own === undefined || resultOfRound().kind !== 'result') {
  throw new Error('The round that is to be measured has no result.')
}

/** Bytes of a commit's preimage: four words, the vector's length, the vector filled up. */
const commitBytes = 5 * 32 + Math.ceil((4 * feedCount) / 32) * 32
const commitPreimage = new Uint8Array(commitBytes).fill(0xab)
const feedPreimage = new Uint8Array(5 * 32).fill(0xab)
const pairPreimage = new Uint8Array(2 * 32).fill(0xab)

const hashesOfRound = 'hashes of a round alone'
const blocksAsJson = `JSON.parse of ${blockCount} blocks`
const hashOfCommit = 'hash of a commit alone'

const cases: readonly Case[] = [
  { name: hashesOfRound, run: hashRound },
  {
    name: `result of a round, ${voterCount} voters × ${feedCount} feeds`,
    run: resultOfRound,
    yardstick: hashesOfRound,
    budgetMs: resultBudgetMs,
  },
  { name: blocksAsJson, run: () => JSON.parse(blocksText) },
  {
    name: `commits and reveals out of ${blockCount} blocks`,
    run: () => readBlocks(blocks),
    yardstick: blocksAsJson,
  },
  { name: hashOfCommit, run: () => keccak256(commitPreimage) },
  {
    name: `vector of ${feedCount} feeds and its commit`,
    run: commitToVector,
    yardstick: hashOfCommit,
  },
]

let kept: unknown
const costsMs = new Map(cases.map(({ name, run }) => [name, measure(run)]))

const report = `${tableOf(cases.map(rowOf))}\n\n${machineFacts(options.date)}`
process.stdout.write(`${report}\n`)
if (options.write) writeSection(reportFile, 'bench:protocol', report)

function rowOf({ name, yardstick, budgetMs }: Case): Row {
  return {
    'one core': name,
    'ms each': costOf(name).toFixed(3),
    'of the yardstick above':
      yardstick === undefined ? '' : (costOf(name) / costOf(yardstick)).toFixed(2),
    budget: budgetMs === undefined ? '' : `under ${budgetMs} ms`,
  }
}

function costOf(name: string): number {
  return costsMs.get(name) ?? Number.NaN
}

/** Every hash that a result cannot do without: commits, leaves, inner nodes. */
function hashRound(): void {
  for (let i = 0; i < voterCount; i += 1) keep(keccak256(commitPreimage))
  for (let i = 0; i <= feedCount; i += 1) keep(keccak256(feedPreimage))
  for (let i = 0; i < feedCount; i += 1) keep(keccak256(pairPreimage))
}

function resultOfRound() {
  return roundResultOf({ votingRoundId, rewardEpochs: [epoch], submissions, history })
}

function readBlocks(list: readonly FullBlock[]) {
  const raw = list.flatMap(rawSubmissionsOf)
  return submissionsOfRound(networks.flare.schedule, votingRoundId, raw)
}

/** From prices to the calldata of `submit1`. */
function commitToVector() {
  const { values: feedValues } = encodeFeedValues(entries)
  const submitAddress = epoch.voters[0]?.submitAddress ?? '0x'
  const random = own?.random ?? '0x'
  const payload = commitHash({ submitAddress, votingRoundId, random, feedValues })
  return submissionCalldata('submit1', [{ protocolId: protocolIds.ftso, votingRoundId, payload }])
}

/** The median cost of several stretches; the first, in which the code is compiled, is not counted. */
function measure(run: () => unknown): number {
  const costs = Array.from({ length: stretches + 1 }, () => costOfStretch(run))
  const sorted = costs.slice(1).toSorted((left, right) => left - right)
  return sorted[stretches >> 1] ?? Number.NaN
}

/** Milliseconds of processor time, which neighbours on the machine disturb less than the clock's. */
function costOfStretch(run: () => unknown): number {
  const untilMs = performance.now() + (seconds * 1_000) / stretches
  const before = process.cpuUsage()
  let runs = 0
  while (performance.now() < untilMs) {
    keep(run())
    runs += 1
  }
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1_000 / runs
}

/** Hands a value to somewhere the compiler cannot see, so that it has to be computed. */
function keep(value: unknown): void {
  kept = value
  if (kept === keep) process.stdout.write('never')
}
