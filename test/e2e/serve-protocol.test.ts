/** `chrono-bridge serve-protocol` as a process, asked as flare-system-client asks, on a chain of our own. */

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { setTimeout as pause } from 'node:timers/promises'
import type { Address } from 'viem'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { type LocalChain, startChain } from '../../local/chain.ts'
import { secretSources } from '../../signer-bridge/secrets.ts'
import { commitHash, decodeReveal } from '../../src/protocol/commit.ts'
import { votingRoundAt, votingRoundStartMs } from '../../src/protocol/epoch.ts'
import { networks, withRoundSec } from '../../src/protocol/networks.ts'
import { decodeFrames } from '../../src/protocol/payload.ts'
import { type BridgeWorker, startBridgeWorker } from '../support/bridge-worker.ts'
import { type Fetched, systemClient } from '../support/system-client.ts'

const roundSec = 20
const { schedule } = withRoundSec(networks.local, roundSec)
const launcher = new URL('../../signer-bridge/chrono-bridge.js', import.meta.url).pathname
const apiKey = 'the key of the test, long enough'
const address: Address = '0x00000000000000000000000000000000000000c1'

let directory: string
let chain: LocalChain
let worker: BridgeWorker
let env: Record<string, string>
let settingsFile: string
/** The same without any node that answers. */
let blindSettingsFile: string
let child: ChildProcess | undefined

const startedSchema = z.object({
  event: z.literal('provider-started'),
  address: z.object({ port: z.int() }),
})

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'chrono-serve-protocol-'))
  const keep = (name: string, content: string) => {
    const file = join(directory, name)
    writeFileSync(file, content, { mode: 0o600 })
    return file
  }
  const other = (digit: string): Address => `0x${digit.repeat(40)}`
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
  const settings = {
    network: 'local',
    round_seconds: roundSec,
    rpc_urls: [chain.rpcUrl],
    worker_url: worker.url,
    submit_address: address,
    journal_file: 'journal.sqlite',
    protocol_provider: { port: 0 },
  }
  settingsFile = keep('settings.json', JSON.stringify(settings))
  const rpc_urls = ['http://127.0.0.1:1']
  blindSettingsFile = keep('blind.json', JSON.stringify({ ...settings, rpc_urls }))
  env = {
    PATH: process.env['PATH'] ?? '',
    [secretSources.operatorSecret.variable]: keep('operator', 'o'.repeat(32)),
    [secretSources.bridgeSecret.variable]: keep('bridge', worker.secret),
    [secretSources.protocolApiKey.variable]: keep('api-key', apiKey),
  }
})

afterAll(async () => {
  await end('SIGKILL')
  worker.stop()
  await chain.stop()
  rmSync(directory, { recursive: true })
})

const log: string[] = []

/** Starts the process. @returns Its client, as soon as the port is open. */
async function start(file = settingsFile) {
  child = spawn(process.execPath, [launcher, 'serve-protocol', '--settings', file], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  if (child.stdout === null) throw new Error('The child has a standard output.')
  const lines = createInterface(child.stdout)
  const port = await new Promise<number>((resolve, reject) => {
    lines.on('line', (line) => {
      log.push(line)
      const started = startedSchema.safeParse(JSON.parse(line))
      if (started.success) resolve(started.data.address.port)
    })
    child?.once('exit', () => reject(new Error(`It has ended: ${log.join('\n')}`)))
  })
  return systemClient({ url: `http://127.0.0.1:${port}/`, apiKey, address })
}

async function end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
  if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
  const exited = once(child, 'exit')
  child.kill(signal)
  await exited
}

function payloadOf(fetched: Fetched) {
  if (fetched.kind !== 'ok') throw new Error(`${JSON.stringify(fetched)}\n${log.join('\n')}`)
  return decodeFrames(fetched.data)[0]?.payload ?? '0x'
}

/** Resolves at this second of a round's 90, scaled. */
async function until(votingRoundId: number, sec: number): Promise<void> {
  const atMs = votingRoundStartMs(schedule, votingRoundId) + (sec * roundSec * 1_000) / 90
  await pause(Math.max(0, atMs - Date.now()))
}

/** The commit of the first round for which there is time. */
async function committed(client: Awaited<ReturnType<typeof start>>) {
  for (let tries = 0; tries < 4; tries += 1) {
    const round = votingRoundAt(schedule, Date.now()) + 1
    await until(round, 72)
    const fetched = await client.submit1(round)
    // The chain's events may not be searched yet.
    if (fetched.kind === 'ok') return { round, fetched }
  }
  throw new Error(`No commit in four rounds: ${log.join('\n')}`)
}

let revealed: { readonly round: number; readonly fetched: Fetched }

test('commit, SIGKILL, and a reveal from another process that hashes to it, with no key at hand', async () => {
  const { round, fetched } = await committed(await start())
  const commit = payloadOf(fetched)
  await end('SIGKILL')

  const startedMs = performance.now()
  const client = await start()
  expect(await client.submit1(round)).toEqual(fetched)
  expect(performance.now() - startedMs).toBeLessThan(10_000)

  await until(round + 1, 20)
  revealed = { round, fetched: await client.submit2(round) }
  const { random, feedValues } = decodeReveal(payloadOf(revealed.fetched), 256)
  expect(commitHash({ submitAddress: address, votingRoundId: round, random, feedValues })).toBe(
    commit,
  )
  const told = log.join('\n')
  expect(told).not.toContain(random.slice(2))
  expect(told).not.toContain(apiKey)
  expect(worker.reports).toEqual([])
})

test('nobody else gets at its journal while it runs, and it ends at once when it is told to', async () => {
  const second = spawn(process.execPath, [launcher, 'serve-protocol', '-s', settingsFile], {
    env,
    stdio: 'pipe',
  })
  const said = text(second.stderr)
  const [status] = await once(second, 'exit')
  expect({ status, said: await said }).toEqual({
    status: 1,
    said: expect.stringMatching(/^journal-in-use: /),
  })
  const askedMs = performance.now()
  await end('SIGTERM')
  expect(child?.exitCode).toBe(0)
  expect(performance.now() - askedMs).toBeLessThan(5_000)
})

test('with no node and no Worker at all an owed reveal is still told', async () => {
  worker.stop()
  const client = await start(blindSettingsFile)
  expect(await client.submit2(revealed.round)).toEqual(revealed.fetched)
})
