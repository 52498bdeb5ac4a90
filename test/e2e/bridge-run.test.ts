/** The bridge as a process, against a chain of our own and a Worker over HTTP, in short rounds. */

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type LocalChain, startChain } from '../../local/chain.ts'
import { developmentKeystore } from '../../signer-bridge/keystore.ts'
import { secretSources } from '../../signer-bridge/secrets.ts'
import { type BridgeWorker, startBridgeWorker } from '../support/bridge-worker.ts'
import { callsSince, commitOfReveal, roundStartSec } from '../support/chain-reader.ts'

const roundSec = 20
const launcher = new URL('../../signer-bridge/chrono-bridge.js', import.meta.url).pathname

type Event = { readonly event: string; readonly kind?: string; readonly voting_round_id?: number }

let directory: string
let chain: LocalChain
let worker: BridgeWorker
let env: Record<string, string>
let settingsFile: string
let child: ChildProcess | undefined

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'chrono-bridge-run-'))
  const keep = (name: string, text: string) => {
    const file = join(directory, name)
    writeFileSync(file, text, { mode: 0o600 })
    return file
  }
  const { address, keystore } = developmentKeystore('password')
  const other = (digit: string) => `0x${digit.repeat(40)}`
  worker = await startBridgeWorker()
  chain = await startChain({
    port: 0,
    roundSec,
    voters: [
      {
        identity: other('1'),
        submitAddress: address,
        submitSignaturesAddress: other('2'),
        signingPolicyAddress: other('3'),
      },
    ],
  })
  settingsFile = keep(
    'settings.json',
    JSON.stringify({
      network: 'local',
      round_seconds: roundSec,
      rpc_urls: [chain.rpcUrl],
      worker_url: worker.url,
      submit_address: address,
      keystore_file: keep('keystore.json', JSON.stringify(keystore)),
      journal_file: 'journal.sqlite',
      metrics_port: 0,
    }),
  )
  env = {
    PATH: process.env['PATH'] ?? '',
    NODE_OPTIONS: '--disable-warning=ExperimentalWarning --max-semi-space-size=2 --v8-pool-size=1',
    [secretSources.keystorePassword.variable]: keep('password', 'password'),
    [secretSources.operatorSecret.variable]: keep('operator', 'o'.repeat(32)),
    [secretSources.bridgeSecret.variable]: keep('bridge', worker.secret),
  }
})

afterAll(async () => {
  await end('SIGKILL')
  worker.stop()
  await chain.stop()
  rmSync(directory, { recursive: true })
})

const seen: Event[] = []

function start(): void {
  child = spawn(process.execPath, [launcher, 'run', '--settings', settingsFile], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  if (child.stdout === null) throw new Error('The child has a standard output.')
  // The log's lines are our own.
  createInterface(child.stdout).on('line', (line) => seen.push(JSON.parse(line) as Event))
}

async function end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
  if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
  const exited = once(child, 'exit')
  child.kill(signal)
  await exited
}

/** Resolves with the event once the bridge has logged it. */
async function heard(is: (event: Event) => boolean, withinMs = 80_000): Promise<Event> {
  const untilMs = performance.now() + withinMs
  for (;;) {
    const found = seen.find(is)
    if (found !== undefined) return found
    if (performance.now() > untilMs) throw new Error(`Not heard of: ${JSON.stringify(seen)}`)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

/** One command, run to its end; chain and Worker live in this process, which must not stand still. */
async function chronoBridge(...args: string[]) {
  const command = spawn(process.execPath, [launcher, ...args], { env, stdio: 'pipe' })
  const [stdout, stderr] = [text(command.stdout), text(command.stderr)]
  const [status] = await once(command, 'exit')
  return { status, stdout: await stdout, stderr: await stderr }
}

describe('chrono-bridge', () => {
  test('commits and reveals, over a SIGKILL between the two, as the blocks show', async () => {
    start()
    const first = await heard(({ event }) => event === 'reveal-confirmed')
    const next = await heard(
      ({ event, kind, voting_round_id: round = 0 }) =>
        event === 'call-sent' && kind === 'submit1' && round > (first.voting_round_id ?? 0),
    )
    await end('SIGKILL')
    start()
    await heard(
      ({ event, voting_round_id: round }) =>
        event === 'reveal-confirmed' && round === next.voting_round_id,
    )

    const calls = await callsSince(chain.rpcUrl, 0n)
    for (const votingRoundId of [first.voting_round_id, next.voting_round_id]) {
      const ours = calls.filter((call) => call.votingRoundId === votingRoundId)
      const commit = ours.find(({ kind }) => kind === 'submit1')
      const reveal = ours.find(({ kind }) => kind === 'submit2')
      if (commit === undefined || reveal === undefined) throw new Error('A call is missing.')
      expect(commitOfReveal(reveal)).toBe(commit.payload)
      const nextSec = roundStartSec((votingRoundId ?? 0) + 1, roundSec)
      expect(commit.blockTimestamp).toBeLessThan(nextSec)
      expect(reveal.blockTimestamp).toBeGreaterThanOrEqual(nextSec)
      expect(reveal.blockTimestamp).toBeLessThan(nextSec + roundSec / 2)
      expect([commit.succeeded, reveal.succeeded]).toEqual([true, true])
    }
  }, 180_000)

  test('doctor finds all well, and status tells of the rounds while it runs', async () => {
    const doctor = await chronoBridge('doctor', '--settings', settingsFile)
    expect(doctor.stdout).toMatch(/\nReady\.\nThe next deadline is .* in \d+\.\d s\.\n$/)
    expect(doctor.status).toBe(0)
    const status = await chronoBridge('status', '--settings', settingsFile, '--json')
    expect(JSON.parse(status.stdout)).toMatchObject({ chainId: '31337' })
    expect(status.stdout).toContain('"reveal_status":"confirmed"')
  })

  test('a second one does not start with the same journal', async () => {
    const second = await chronoBridge('run', '--settings', settingsFile)
    expect(second.status).toBe(1)
    expect(second.stderr).toMatch(/^journal-in-use: /)
  })

  test('its metrics are on loopback, and count what has happened', async () => {
    const served = seen.findLast(({ event }) => event === 'metrics-served')
    const { port } = JSON.parse(JSON.stringify(served)).address
    const page = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()
    expect(page).toMatch(/chrono_bridge_rounds_total\{stage="revealed"\} [1-9]/)
    expect(page).toMatch(/chrono_bridge_lease_held 1/)
  })

  test('asked to end, it reveals what it owes first, and has reported all', async () => {
    seen.length = 0
    const sent = await heard(({ event, kind }) => event === 'call-sent' && kind === 'submit1')
    await end('SIGTERM')
    expect(seen.at(-1)).toMatchObject({ event: 'bridge-stopped' })
    const told = worker.reports.filter((report) => report.voting_round_id === sent.voting_round_id)
    expect(told.map(({ kind, status }) => `${kind} ${status}`)).toContain('submit2 confirmed')
    expect(child?.exitCode).toBe(0)
  }, 120_000)
})
