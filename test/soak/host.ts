/** One of the operator's hosts: a bridge with a journal of its own, its keys, and its supervisor. */

import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { secretSources } from '../../signer-bridge/secrets.ts'
import { type SoakDevice, startDevice } from './device.ts'
import type { DeathOrder, Mortal } from './executioner.ts'
import type { SoakKey } from './keys.ts'
import { supervise } from './supervisor.ts'

export type HostPlan = {
  readonly directory: string
  /** Of the bridge, but for where its keys and its journal are. */
  readonly settings: object
  readonly keys: readonly SoakKey[]
  /** Of the device on which the keys are, if they are on one. */
  readonly mnemonic?: string
  readonly keystorePassword: string
  readonly operatorSecret: string
  readonly bridgeSecret: string
}

export type Host = Mortal & {
  /** What its signer was asked for, a line an ask. */
  readonly captureFile: string
  readonly startsMs: readonly number[]
  /** Names of places at which it died, and how often. */
  readonly deaths: Readonly<Record<string, number>>
  readonly device: SoakDevice | undefined
  readonly kill: () => void
  /** Gone for so long. */
  readonly outage: (forMs: number) => void
  /** Stopped in the middle of what it does, and woken. */
  readonly stall: () => void
  readonly wake: () => void
  readonly setClock: (aheadMs: number) => void
  /** Whether it is gone, stands still or has not started again. */
  readonly isAway: () => boolean
  readonly residentBytes: () => number | undefined
  readonly stop: () => Promise<void>
}

export async function startHost(plan: HostPlan): Promise<Host> {
  const { directory, mnemonic } = plan
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  const keep = (name: string, text: string) => {
    const file = join(directory, name)
    writeFileSync(file, text, { mode: 0o600 })
    return file
  }
  const captureFile = keep('capture.jsonl', '')
  const deaths: Record<string, number> = {}
  let orders: readonly DeathOrder[] = []
  let clockMs = 0
  let isStalled = false
  const visits = new Map<string, number>()

  const died = (place: string) => {
    deaths[place] = (deaths[place] ?? 0) + 1
    const absentMs = orders.find((order) => order.place === place)?.absentMs
    if (absentMs !== undefined) bridge.stayAway(absentMs)
    host.onDeath(place)
  }
  /** Of the line to the device, which ends here and not at the bridge. */
  const onLine = async (place: string) => {
    const order = orders.find((one) => one.place === place)
    if (order === undefined) return
    visits.set(place, (visits.get(place) ?? 0) + 1)
    if ((visits.get(place) ?? 0) < order.nth) return
    bridge.signal('SIGKILL')
    died(place)
    // The line is never answered: whoever asked is dead.
    await new Promise(() => undefined)
  }
  const device =
    mnemonic === undefined ? undefined : await startDevice(mnemonic, captureFile, onLine)
  const keys = plan.keys.map(({ role, address, path, keystore }) => ({
    role,
    address,
    ...(device === undefined
      ? { keystore_file: keep(`${role}.json`, keystore) }
      : { ledger: { path, url: device.url } }),
  }))
  const settings = { ...plan.settings, keys, journal_file: 'journal.sqlite' }
  const bridge = supervise({
    // Keys on a device are tapped at its line.
    args: [
      keep('settings.json', JSON.stringify(settings)),
      device === undefined ? captureFile : '',
    ],
    env: {
      [secretSources.operatorSecret.variable]: keep('operator', plan.operatorSecret),
      [secretSources.bridgeSecret.variable]: keep('bridge-secret', plan.bridgeSecret),
      [secretSources.keystorePassword.variable]: keep('password', plan.keystorePassword),
    },
    logFile: join(directory, 'bridge.log'),
    onDeath: died,
    greeting: () => ({ dieAt: orders, clockMs }),
  })

  const host: Host = {
    captureFile,
    startsMs: bridge.startsMs,
    deaths,
    device,
    onDeath: () => undefined,
    dieAt: (next) => {
      orders = next
      visits.clear()
      bridge.tell({ dieAt: next })
    },
    kill: () => {
      died('any time')
      bridge.signal('SIGKILL')
    },
    outage: (forMs) => {
      died('outage')
      bridge.stayAway(forMs)
      bridge.signal('SIGKILL')
    },
    stall: () => {
      isStalled = true
      bridge.signal('SIGSTOP')
    },
    wake: () => {
      isStalled = false
      bridge.signal('SIGCONT')
    },
    setClock: (aheadMs) => {
      clockMs = aheadMs
      bridge.tell({ clockMs })
    },
    isAway: () => isStalled || !bridge.isReady(),
    residentBytes: bridge.residentBytes,
    stop: async () => {
      await bridge.stop()
      await device?.stop()
    },
  }
  return host
}
