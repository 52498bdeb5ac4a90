/**
 * The soak of the signer bridge: `npm run soak:bridge`. Two bridges on two hosts with one provider's
 * keys go through short rounds on a local chain while everything around them fails by a seed. What
 * came of it is judged by a process of its own, from the chain's blocks and the devices' lines.
 */

import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs, promisify } from 'node:util'
import { english, generateMnemonic, mnemonicToAccount } from 'viem/accounts'
import { startChain } from '../../local/chain.ts'
import { type Host, startHost } from './host.ts'
import { bringAbout, type Stage } from './mishaps.ts'
import { type Mishap, mishapOf } from './plan.ts'
import type { Question, Verdict } from './verdict.ts'
import { startSoakWorker } from './worker.ts'

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '200' },
    'round-seconds': { type: 'string', default: '10' },
    seed: { type: 'string', default: randomBytes(4).toString('hex') },
  },
})
const rounds = Number(values.rounds)
const roundSec = Number(values['round-seconds'])
const { seed } = values

/** Long enough for the first bridge to have the lease, and both to be armed. */
const quietRounds = 4
const mostResidentBytes = 150 * 2 ** 20
const mostStartMs = 3_000

const say = (line: string) => void process.stdout.write(`${line}\n`)
const run = promisify(execFile)

const directory = mkdtempSync(join(tmpdir(), 'chrono-soak-'))
say(`seed ${seed}, ${rounds} rounds of ${roundSec} s, files in ${directory}`)

const mnemonic = generateMnemonic(english)
const keys = (['submit', 'submitSignatures', 'signingPolicy'] as const).map((role, index) => ({
  role,
  path: `44'/60'/0'/0/${index}`,
  address: mnemonicToAccount(mnemonic, { addressIndex: index }).address,
}))
const [submit, submitSignatures, signingPolicy] = keys
if (!submit || !submitSignatures || !signingPolicy) throw new Error('Three roles have keys.')

const worker = await startSoakWorker()
const chain = await startChain({
  port: 0,
  roundSec,
  blockMs: 500,
  voters: [
    {
      identity: `0x${'1'.repeat(40)}`,
      submitAddress: submit.address,
      submitSignaturesAddress: submitSignatures.address,
      signingPolicyAddress: signingPolicy.address,
    },
  ],
})
const settings = {
  network: 'local',
  round_seconds: roundSec,
  rpc_urls: [chain.rpcUrl],
  worker_url: worker.url,
}
const shared = {
  mnemonic,
  keys,
  settings,
  operatorSecret: randomBytes(32).toString('hex'),
  bridgeSecret: worker.secret,
}
const hosts: Host[] = []
for (const name of ['a', 'b']) {
  hosts.push(await startHost({ ...shared, directory: join(directory, name) }))
  await pause(1_000)
}

const [first, second] = hosts
if (first === undefined || second === undefined) throw new Error('Two hosts were started.')
const stage: Stage = { hosts: [first, second], chain, worker, roundMs: roundSec * 1_000 }

const counts: Record<string, number> = {}
const resident: number[] = []
const nowRound = () => Math.floor((Date.now() / 1_000 - genesisSec) / roundSec)
const genesisSec = 1_658_430_000
const firstRound = nowRound() + quietRounds
const lastRound = firstRound + rounds - 1

for (let round = firstRound; round <= lastRound; round += 1) {
  const mishap = mishapOf(seed, round - firstRound)
  const startMs = (genesisSec + round * roundSec) * 1_000
  await pause(Math.max(0, startMs - Date.now()))
  // An order to die is for its own round: two misfortunes at once are drawn, not left over.
  for (const host of hosts) host.spare()
  await pause(Math.max(0, startMs + roundSec * 1_000 * (mishap?.at ?? 0) - Date.now()))
  if (mishap !== undefined) {
    counts[nameOf(mishap)] = (counts[nameOf(mishap)] ?? 0) + 1
    // A device or a chain that is down cannot be ordered about: then it is down already.
    await bringAbout(stage, mishap).catch((error: unknown) =>
      say(`${mishap.kind}: ${String(error)}`),
    )
  }
  for (const host of hosts) {
    const bytes = host.residentBytes()
    if (bytes !== undefined) resident.push(bytes)
  }
  if ((round - firstRound) % 20 === 19) say(`${round - firstRound + 1} rounds`)
}
// The last rounds are revealed and judged in peace.
await pause(3 * roundSec * 1_000)
const residentAtEnd = hosts.map((host) => host.residentBytes() ?? 0)
await Promise.all(hosts.map((host) => host.stop()))

const question: Question = {
  rpcUrl: chain.rpcUrl,
  submit: submit.address,
  submitSignatures: submitSignatures.address,
  genesisSec,
  roundSec,
  revealDeadlineSec: roundSec / 2,
  firstRound,
  lastRound,
  captures: hosts.map(({ captureFile }) => captureFile),
}
writeFileSync(join(directory, 'question.json'), JSON.stringify(question))
const judge = join(import.meta.dirname, 'verdict.ts')
const { stdout } = await run(process.execPath, [judge, JSON.stringify(question)], {
  maxBuffer: 2 ** 26,
})
await chain.stop()
worker.stop()

// The judge's own words, of a type that it shares with us.
const verdict = JSON.parse(stdout) as Verdict
const starts = hosts.flatMap(({ startsMs }) => startsMs).toSorted((a, b) => a - b)
const slowest = starts.at(-1) ?? Number.POSITIVE_INFINITY
const largest = Math.max(...residentAtEnd)
say(JSON.stringify({ mishaps: counts, deaths: hosts.map(({ deaths }) => deaths) }, null, 2))
say(JSON.stringify({ worker: worker.counts() }, null, 2))
say(JSON.stringify(verdict, null, 2))
say(
  `start to ready: median ${msOf(starts[Math.floor(starts.length / 2)])}, slowest ${msOf(slowest)}`,
)
say(`resident at the end: ${hosts.map((_, i) => mebibytes(residentAtEnd[i] ?? 0)).join(', ')}`)
say(`resident at most: ${mebibytes(Math.max(...resident))}`)

const failures = [
  ...verdict.unrevealed.map((round) => `Round ${round} was committed to and not revealed.`),
  ...verdict.doubleSignatures,
  ...verdict.outsideTheirWindow,
  ...verdict.stuckNonces,
  ...(largest > mostResidentBytes ? [`${mebibytes(largest)} are resident.`] : []),
  ...(slowest > mostStartMs ? [`A start took ${msOf(slowest)}.`] : []),
]
say(failures.length === 0 ? 'The soak holds.' : failures.join('\n'))
process.exitCode = failures.length === 0 ? 0 : 1

function nameOf(mishap: Mishap): string {
  return mishap.kind === 'kill' ? `kill ${mishap.place}` : mishap.kind
}

function msOf(ms: number | undefined): string {
  return `${Math.round(ms ?? Number.NaN)} ms`
}

function mebibytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(0)} MiB`
}
