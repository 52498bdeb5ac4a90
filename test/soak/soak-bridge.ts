/**
 * The soak of the signer bridge: `npm run soak:bridge`. Two bridges on two hosts with one provider's
 * keys go through short rounds on a local chain while everything around them fails by a seed. What
 * came of it is judged by a process of its own, from the chain's blocks and the signers' lines.
 */

import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { promisify } from 'node:util'
import { english, generateMnemonic } from 'viem/accounts'
import { startChain } from '../../local/chain.ts'
import { startCompanion } from './companion.ts'
import { companionProtocol } from './companion-words.ts'
import { executionerOf } from './executioner.ts'
import { type Host, startHost } from './host.ts'
import type { Verdict } from './judge.ts'
import { keysOf } from './keys.ts'
import type { Stage } from './mishaps.ts'
import { openDoor } from './node-door.ts'
import { optionsOf } from './options.ts'
import { goThrough } from './rounds.ts'
import { failuresOf, reportOf, type Soak, writeReport } from './soak-report.ts'
import type { Question } from './verdict.ts'
import { startSoakWorker } from './worker.ts'

const options = optionsOf(process.argv.slice(2))
const { rounds, roundSec, seed, signer } = options

const say = (line: string) => void process.stdout.write(`${line}\n`)
const run = promisify(execFile)

const directory = mkdtempSync(join(tmpdir(), 'chrono-soak-'))
say(`seed ${seed}, ${rounds} rounds of ${roundSec} s, keys: ${signer}, files in ${directory}`)

const mnemonic = generateMnemonic(english)
const keystorePassword = randomBytes(16).toString('hex')
const keys = keysOf(mnemonic, keystorePassword, signer)
const [submit, submitSignatures, signingPolicy] = keys

const worker = await startSoakWorker()
// A person is not asked in the seconds between a data connector's answer and the reveal.
const companion = signer === 'keystore' ? await startCompanion() : undefined
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
      // More than all the silent voters together: rounds become final by our signature alone.
      weight: 10_000_000,
    },
  ],
})
const doors = [await openDoor(chain.nodeUrl), await openDoor(chain.nodeUrl)] as const
const settings = {
  network: 'local',
  round_seconds: roundSec,
  rpc_urls: doors.map(({ url }) => url),
  worker_url: worker.url,
  ...(companion && {
    relay: 'when-selected',
    companions: [{ protocol_id: companionProtocol, url: companion.url }],
  }),
}
const shared = {
  keys,
  settings,
  keystorePassword,
  operatorSecret: randomBytes(32).toString('hex'),
  bridgeSecret: worker.secret,
  ...(signer === 'ledger' && { mnemonic }),
}
const host = (name: string): Promise<Host> =>
  startHost({ ...shared, directory: join(directory, name) })
const hosts = [await host('a'), await host('b')] as const

const stage: Stage = {
  hosts,
  doors,
  nodeUrl: chain.nodeUrl,
  worker,
  companion,
  executioner: executionerOf(hosts),
  roundMs: roundSec * 1_000,
}
const course = await goThrough(stage, { ...options, genesisSec: chain.genesisSec, say })
// The last rounds are revealed and judged in peace.
await pause(3 * roundSec * 1_000)
const residentAtEnd = hosts.map((each) => each.residentBytes() ?? Number.POSITIVE_INFINITY)
await Promise.all(hosts.map((each) => each.stop()))

const question: Question = {
  rpcUrl: chain.nodeUrl,
  submit: submit.address,
  submitSignatures: submitSignatures.address,
  signingPolicy: signingPolicy.address,
  chainId: chain.chainId,
  hasCompanion: companion !== undefined,
  genesisSec: chain.genesisSec,
  roundSec,
  revealDeadlineSec: roundSec / 2,
  firstRound: course.firstRound,
  lastRound: course.lastRound,
  captures: hosts.map(({ captureFile }) => captureFile),
}
writeFileSync(join(directory, 'question.json'), JSON.stringify(question))
const judge = join(import.meta.dirname, 'verdict.ts')
const { stdout } = await run(process.execPath, [judge, JSON.stringify(question)], {
  maxBuffer: 2 ** 26,
})
for (const door of doors) door.stop()
await chain.stop()
worker.stop()
companion?.stop()

const soak: Soak = {
  options,
  course,
  // The judge's own words, of a type that it shares with us.
  verdict: JSON.parse(stdout) as Verdict,
  worker: worker.counts(),
  takeoversMs: worker.takeoversMs,
  startsMs: hosts.flatMap(({ startsMs }) => startsMs),
  residentAtEnd,
}
say(reportOf(soak))
if (options.write) writeReport(soak)
const failures = failuresOf(soak)
say(failures.length === 0 ? 'The soak holds.' : failures.join('\n'))
process.exitCode = failures.length === 0 ? 0 : 1
