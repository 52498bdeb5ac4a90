/** `chrono-bridge` as a process with settings for `serve-protocol`, where no node and no Worker answers. */

import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'

const launcher = new URL('../../signer-bridge/chrono-bridge.js', import.meta.url).pathname
const node = ['--disable-warning=ExperimentalWarning', launcher]

let directory: string
let settingsFile: string
let env: Record<string, string>
let child: ChildProcess | undefined

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'chrono-provider-process-'))
  const secret = join(directory, 'secret')
  writeFileSync(secret, 's'.repeat(64), { mode: 0o600 })
  settingsFile = join(directory, 'settings.json')
  const settings = {
    network: 'local',
    round_seconds: 20,
    rpc_urls: ['http://127.0.0.1:1'],
    worker_url: 'http://127.0.0.1:1',
    submit_address: `0x${'c1'.repeat(20)}`,
    journal_file: 'journal.sqlite',
    protocol_provider: { port: 0 },
  }
  writeFileSync(settingsFile, JSON.stringify(settings))
  env = { CHRONO_OPERATOR_SECRET_FILE: secret, CHRONO_BRIDGE_SECRET_FILE: secret }
})
afterEach(() => void child?.kill('SIGKILL'))
afterAll(() => rmSync(directory, { recursive: true }))

describe('the doctor', () => {
  const examine = (...args: readonly string[]) =>
    spawnSync(process.execPath, [...node, 'doctor', '-s', settingsFile, ...args], {
      encoding: 'utf8',
      env,
      timeout: 30_000,
    })

  test('with settings for serve-protocol leaves keys and balances out, and says so', () => {
    const { stdout } = examine('--for', 'serve-protocol')
    expect(stdout).toMatch(/^note {2}keys: not looked at, nor balances and companions: /m)
    expect(stdout).toMatch(/^ok {4}secrets: /m)
    expect(stdout).not.toContain('balance of')
    // What it does look at, it finds: nothing answers here.
    expect(stdout).toMatch(/^Not ready: .*nodes/m)
    expect(stdout).not.toMatch(/^Not ready: .*keys/m)
  })

  test('without that word misses the keys, and names the word', () => {
    const { status, stdout } = examine()
    expect(status).toBe(1)
    expect(stdout).toMatch(/^FAIL {2}keys: .*doctor --for serve-protocol/m)
    expect(stdout).toMatch(/^FAIL {2}balance of submit /m)
  })
})

const startedSchema = z.object({
  event: z.literal('provider-started'),
  address: z.object({ port: z.int() }),
})

describe('whoever reads the log', () => {
  test('may go at any time: the process goes on, answers, and ends as it is told', async () => {
    child = spawn(process.execPath, [...node, 'serve-protocol', '-s', settingsFile], {
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const { stdout, stderr } = child
    if (stdout === null || stderr === null) throw new Error('The child has both.')
    const lines = createInterface(stdout)
    let port: number | undefined
    for await (const line of lines) {
      port = startedSchema.safeParse(JSON.parse(line)).data?.address.port
      if (port !== undefined) break
    }
    stdout.destroy()
    stderr.destroy()
    // Nodes that do not answer are told of again and again, into a pipe that nobody reads.
    await pause(1_500)
    expect(child.exitCode).toBe(null)
    const answer = await fetch(`http://127.0.0.1:${port}/health`)
    expect(await answer.json()).toMatchObject({ status: 'degraded', reveals_owed: 0 })
    const exited = once(child, 'exit')
    child.kill('SIGTERM')
    expect(await exited).toEqual([0, null])
  })
})
