/**
 * What goes on for a while and wants a person: told as a state and not as a line of the log, so that an
 * alert is on for as long as it lasts.
 */

import { Gauge, type Registry } from 'prom-client'
import type { RoleKey } from './roles.ts'

type KeySeen = Pick<RoleKey, 'role' | 'address'>

export type StateMetrics = {
  /** From now on the keys with which nothing new may be signed are looked up whenever the page is read. */
  readonly watchBreaker: (broken: () => readonly KeySeen[]) => void
  /** The same of how many nodes are set aside. */
  readonly watchNodes: (setAside: () => number) => void
  /** Whether a registration is due, and was not done in the time that it should take. */
  readonly registrationSeen: (isDue: boolean) => void
  /** Whether prices have been held against nothing for longer than a start takes. */
  readonly guardSeen: (isBlind: boolean) => void
}

export function stateMetrics(registers: Registry[]): StateMetrics {
  let brokenSeen: () => readonly KeySeen[] = () => []
  const breaker = new Gauge({
    name: 'chrono_bridge_breaker_open',
    help: '1 while nothing new is signed with a key, since one was denied or has signed what was not asked.',
    labelNames: ['role', 'address'],
    registers,
    collect: () => {
      breaker.reset()
      for (const { role, address } of brokenSeen()) breaker.set({ role, address }, 1)
    },
  })
  let asideSeen = () => 0
  const aside = new Gauge({
    name: 'chrono_bridge_nodes_set_aside',
    help: 'Nodes of the settings that are of another chain.',
    registers,
    collect: () => {
      aside.set(asideSeen())
    },
  })
  const registration = new Gauge({
    name: 'chrono_bridge_registration_due',
    help: '1 while a registration is due for longer than it should take.',
    registers,
  })
  const guard = new Gauge({
    name: 'chrono_bridge_guard_blind',
    help: '1 while no final median is known to hold prices against, but for the first rounds.',
    registers,
  })
  return {
    watchBreaker: (look) => {
      brokenSeen = look
    },
    watchNodes: (look) => {
      asideSeen = look
    },
    registrationSeen: (isDue) => registration.set(Number(isDue)),
    guardSeen: (isBlind) => guard.set(Number(isBlind)),
  }
}
