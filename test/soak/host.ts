/** One of the operator's hosts: a bridge with a journal and a device of its own, and its supervisor. */

import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { startLedgerEmulator } from '../../local/ledger-emulator.ts'
import { ledgerOptionsOf } from '../../local/ledger/options.ts'
import { secretSources } from '../../signer-bridge/secrets.ts'
import type { DeathOrder } from './bridge.ts'
import { tapOn } from './device-tap.ts'

export type HostPlan = {
  readonly directory: string
  readonly mnemonic: string
  /** Of the bridge, but for where its device and its journal are. */
  readonly settings: object
  readonly keys: readonly {
    readonly role: string
    readonly path: string
    readonly address: string
  }[]
  readonly operatorSecret: string
  readonly bridgeSecret: string
}

export type Host = {
  readonly captureFile: string
  /** How long each start took until the bridge was ready, milliseconds. */
  readonly startsMs: readonly number[]
  /** Names of places at which it died, and how often. */
  readonly deaths: Readonly<Record<string, number>>
  readonly dieAt: (order: DeathOrder) => void
  /** Takes back an order to die that has not come about. */
  readonly spare: () => void
  readonly kill: () => void
  /** Gone for so long. */
  readonly outage: (forMs: number) => void
  readonly orderDevice: (order: object) => Promise<void>
  /** Resident memory now, bytes; `undefined` while it is down. */
  readonly residentBytes: () => number | undefined
  /** Asks the bridge to end and waits for it; everything else ends too. */
  readonly stop: () => Promise<void>
}

/** As the launcher starts it, to the flag. */
const launcherFlags: readonly string[] =
  /^#!.*?node (.*)$/m
    .exec(
      readFileSync(join(import.meta.dirname, '../../signer-bridge/chrono-bridge.js'), 'utf8'),
    )?.[1]
    ?.split(' ') ?? []

/** A supervisor starts what died again at once. */
const restartMs = 100

export async function startHost(plan: HostPlan): Promise<Host> {
  const { directory } = plan
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  const keep = (name: string, text: string) => {
    const file = join(directory, name)
    writeFileSync(file, text, { mode: 0o600 })
    return file
  }
  const captureFile = keep('capture.jsonl', '')
  const options = ledgerOptionsOf([
    `--mnemonic=${plan.mnemonic}`,
    '--port=0',
    '--model=nanosp',
    '--automation=approve',
    '--blind-signing=on',
  ])
  if (options === 'help') throw new Error('The emulator was asked for no help.')
  const device = await startLedgerEmulator(options)
  const deaths: Record<string, number> = {}
  const startsMs: number[] = []
  let child: ChildProcess | undefined
  let deviceDeath: DeathOrder | undefined
  let isEnding = false
  let absentUntilMs = 0

  const tap = await tapOn(device.url, captureFile, async (place) => {
    if (deviceDeath?.place !== `device ${place}`) return
    deviceDeath = { ...deviceDeath, nth: deviceDeath.nth - 1 }
    if (deviceDeath.nth > 0) return
    note(deviceDeath.place)
    deviceDeath = undefined
    child?.kill('SIGKILL')
    // The line is never answered: whoever asked is dead.
    await new Promise(() => undefined)
  })
  const settingsFile = keep(
    'settings.json',
    JSON.stringify({
      ...plan.settings,
      keys: plan.keys.map(({ role, path, address }) => ({
        role,
        address,
        ledger: { path, url: tap.url },
      })),
      journal_file: 'journal.sqlite',
    }),
  )
  const env = {
    PATH: process.env['PATH'] ?? '',
    MALLOC_ARENA_MAX: '2',
    [secretSources.operatorSecret.variable]: keep('operator', plan.operatorSecret),
    [secretSources.bridgeSecret.variable]: keep('bridge-secret', plan.bridgeSecret),
  }
  const logFile = join(directory, 'bridge.log')

  const start = () => {
    if (isEnding) return
    const waitMs = absentUntilMs - Date.now()
    if (waitMs > 0) return void setTimeout(start, waitMs)
    const startedAtMs = performance.now()
    const bridge = fork(join(import.meta.dirname, 'bridge.ts'), [settingsFile], {
      env,
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      execArgv: [...launcherFlags],
    })
    child = bridge
    const lines = bridge.stdout === null ? undefined : createInterface(bridge.stdout)
    lines?.on('line', (line) => {
      if (line.includes('"bridge-started"')) startsMs.push(performance.now() - startedAtMs)
      appendFileSync(logFile, `${line}\n`)
    })
    bridge.stderr?.on('data', (words: Buffer) => appendFileSync(logFile, words))
    bridge.on('message', (message: { readonly died?: string }) => {
      if (message.died !== undefined) note(message.died)
    })
    bridge.once('exit', (code, signal) => {
      appendFileSync(logFile, `${JSON.stringify({ event: 'bridge-ended', code, signal })}\n`)
      child = undefined
      if (!isEnding) setTimeout(start, restartMs)
    })
  }
  const note = (place: string) => {
    deaths[place] = (deaths[place] ?? 0) + 1
  }
  start()

  return {
    captureFile,
    startsMs,
    deaths,
    dieAt: (order) => {
      if (order.place.startsWith('device ')) deviceDeath = order
      else child?.send(order)
    },
    spare: () => {
      deviceDeath = undefined
      child?.send({ place: '', nth: 1 })
    },
    kill: () => {
      note('any time')
      child?.kill('SIGKILL')
    },
    outage: (forMs) => {
      note('outage')
      absentUntilMs = Date.now() + forMs
      child?.kill('SIGKILL')
    },
    orderDevice: async (order) => {
      await fetch(`${device.url}/control`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify(order),
        signal: AbortSignal.timeout(5_000),
      })
    },
    residentBytes: () => (child?.pid === undefined ? undefined : residentOf(child.pid)),
    stop: async () => {
      isEnding = true
      const ending = child
      if (ending !== undefined) {
        const ended = once(ending, 'exit')
        ending.kill('SIGTERM')
        const late = setTimeout(() => ending.kill('SIGKILL'), lastWaitMs)
        await ended
        clearTimeout(late)
      }
      tap.stop()
      await device.stop()
    },
  }
}

/** What is owed is finished first, and that takes a round at most. */
const lastWaitMs = 60_000

/** As the kernel tells it; where it tells otherwise, nothing is known. */
function residentOf(pid: number): number | undefined {
  try {
    const kilobytes = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
    return kilobytes === undefined ? undefined : Number(kilobytes) * 1_024
  } catch {
    // It has just ended.
    return undefined
  }
}
