/** What is measured for whoever keeps the bridge: money, devices, and how often each thing was logged. */

import { Counter, Gauge, type Registry } from 'prom-client'
import { formatEther } from 'viem'
import { alerts } from './alerts.ts'
import type { RoleKey } from './roles.ts'

/** A device that holds keys, and the kind of state that it is in. */
export type DeviceSeen = { readonly device: string; readonly state: string }

type KeySeen = Pick<RoleKey, 'role' | 'address'>

export type KeeperMetrics = {
  readonly balanceSeen: (key: KeySeen, wei: bigint, isLow: boolean) => void
  /** Counts a line of the log. */
  readonly logged: (event: string) => void
  /** From now on the devices are looked up whenever the page is read. */
  readonly watchDevices: (devices: () => readonly DeviceSeen[]) => void
}

export function keeperMetrics(registers: Registry[]): KeeperMetrics {
  const labelNames = ['role', 'address']
  const balance = new Gauge({
    name: 'chrono_bridge_balance',
    help: 'Of each key that sends, in whole coins.',
    labelNames,
    registers,
  })
  const balanceLow = new Gauge({
    name: 'chrono_bridge_balance_low',
    help: '1 while a key that sends has less than the alarm in the settings.',
    labelNames,
    registers,
  })
  const events = new Counter({
    name: 'chrono_bridge_events_total',
    help: 'Lines of the log by the name of their event.',
    labelNames: ['event'],
    registers,
  })
  // What first appears with 1 has not increased, as Prometheus sees it.
  for (const event of alerts.flatMap((alert) => alert.events)) events.inc({ event }, 0)
  let devicesSeen: () => readonly DeviceSeen[] = () => []
  const devices = new Gauge({
    name: 'chrono_bridge_device_state',
    help: 'Of each device that holds keys: 1 for the state that it is in.',
    labelNames: ['device', 'state'],
    registers,
    collect: () => {
      devices.reset()
      for (const { device, state } of devicesSeen()) devices.set({ device, state }, 1)
    },
  })
  return {
    balanceSeen: ({ role, address }, wei, isLow) => {
      balance.set({ role, address }, Number(formatEther(wei)))
      balanceLow.set({ role, address }, Number(isLow))
    },
    logged: (event) => events.inc({ event }),
    watchDevices: (look) => {
      devicesSeen = look
    },
  }
}
