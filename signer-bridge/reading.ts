/** What a running bridge says of itself on its metrics page, as the live view needs it. */

import { type Sample, samplesIn } from './exposition.ts'

/** What is absent was not measured yet. */
export type Reading = {
  readonly headBlock?: number
  /** Unix seconds. */
  readonly headTimestampSec?: number
  readonly driftSec?: number
  readonly isLeaseHeld?: boolean
  readonly outboxLength?: number
  /** Keys with which nothing new is signed. */
  readonly brokenKeys?: number
  readonly nodesSetAside?: number
  readonly isRegistrationDue?: boolean
  readonly isGuardBlind?: boolean
  readonly residentBytes?: number
  /** In whole coins. */
  readonly balances: readonly {
    readonly role: string
    readonly address: string
    readonly coins: number
    readonly isLow: boolean
  }[]
  readonly devices: readonly { readonly device: string; readonly state: string }[]
  /** Lines of its log since it was started, by the name of their event. */
  readonly events: ReadonlyMap<string, number>
}

/** The page as what it says of the bridge. */
export function readingOf(page: string): Reading {
  const samples = samplesIn(page).map((sample) => ({
    ...sample,
    name: sample.name.replace(/^chrono_bridge_/, ''),
  }))
  const all = (name: string) => samples.filter((sample) => sample.name === name)
  const one = <Name extends string>(key: Name, name: string): { readonly [K in Name]?: number } => {
    const value = all(name)[0]?.value
    // The key is the one that the type says.
    return value === undefined ? {} : ({ [key]: value } as { readonly [K in Name]: number })
  }
  const isOn = (name: string) => all(name)[0]?.value === 1
  const lease = all('lease_held')[0]
  const low = all('balance_low')
  return {
    // A block without a stamp was never seen: both are 0 until the first.
    ...(all('head_timestamp_seconds').some(({ value }) => value > 0) && {
      ...one('headBlock', 'head_block'),
      ...one('headTimestampSec', 'head_timestamp_seconds'),
      ...one('driftSec', 'clock_drift_seconds'),
    }),
    ...(lease !== undefined && { isLeaseHeld: lease.value === 1 }),
    ...one('outboxLength', 'outbox_length'),
    brokenKeys: all('breaker_open').length,
    ...one('nodesSetAside', 'nodes_set_aside'),
    isRegistrationDue: isOn('registration_due'),
    isGuardBlind: isOn('guard_blind'),
    ...one('residentBytes', 'resident_memory_bytes'),
    balances: all('balance').map((sample) => ({
      role: label(sample, 'role'),
      address: label(sample, 'address'),
      coins: sample.value,
      isLow: low.some((other) => isSame(sample, other) && other.value === 1),
    })),
    devices: all('device_state')
      .filter(({ value }) => value === 1)
      .map((sample) => ({ device: label(sample, 'device'), state: label(sample, 'state') })),
    events: new Map(all('events_total').map((sample) => [label(sample, 'event'), sample.value])),
  }
}

function label({ labels }: Sample, name: string): string {
  return labels[name] ?? '?'
}

function isSame(one: Sample, other: Sample): boolean {
  return ['role', 'address'].every((name) => label(one, name) === label(other, name))
}

/** Our own page on this machine is some 20 kB. */
const mostBytes = 1_000_000
/** It is on loopback. */
const deadlineMs = 1_000

/**
 * Reads the page of the bridge on this machine.
 *
 * @returns A reason in a few words where it cannot be read: a bridge that does not run is no failure.
 */
export async function readMetrics(
  port: number | undefined,
  fetchIt: typeof fetch,
): Promise<Reading | string> {
  if (port === undefined) return 'metrics_port is not set'
  if (port === 0) return 'metrics_port is any free one'
  try {
    const response = await fetchIt(`http://127.0.0.1:${port}/metrics`, {
      signal: AbortSignal.timeout(deadlineMs),
      redirect: 'error',
    })
    if (!response.ok) return `port ${port} answers with status ${response.status}`
    const text = await response.text()
    return text.length > mostBytes ? `port ${port} says too much` : readingOf(text)
  } catch {
    // Whatever the reason is, what follows is the same: there is no page.
    return `nothing answers on port ${port}`
  }
}
