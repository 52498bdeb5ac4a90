/** The house's state as lines to show: stores first, then sources, the troubled ones on top. */

import type { Status } from '../../../src/protocol/status.ts'
import { ageText, countedText, latencyText } from './format.ts'

export type HealthLine = {
  readonly name: string
  readonly isWell: boolean
  /** What is to be said of it, in few words. */
  readonly note: string
  /** What went wrong, whole. */
  readonly error: string | undefined
}

export function storeLines({ stores }: Status): readonly HealthLine[] {
  return [
    { name: 'Cache (Upstash)', ...stores.cache },
    { name: 'History (Neon)', ...stores.history },
  ].map(({ name, ok, error }) => ({
    name,
    isWell: ok,
    note: ok ? 'answers' : 'does not answer',
    error,
  }))
}

/**
 * The signer bridge, where there is one.
 *
 * @param nowMs The server's clock, Unix milliseconds.
 */
export function bridgeLines({ bridge }: Status, nowMs: number): readonly HealthLine[] {
  if (bridge === undefined) return []
  const heard = `heard ${ageText(nowMs - bridge.heard_at)} ago`
  const standbys = bridge.standbys === 0 ? '' : `, ${countedText(bridge.standbys, 'standby')}`
  const error = bridge.silent ? 'Nobody commits while the bridge is silent.' : undefined
  return [{ name: 'Signer bridge', isWell: !bridge.silent, note: heard + standbys, error }]
}

/** @param nowMs The server's clock, Unix milliseconds. */
export function sourceLines({ sources }: Status, nowMs: number): readonly HealthLine[] {
  return sources
    .map((source) => ({
      name: source.source,
      isWell: source.ok,
      note: noteOf(source, nowMs),
      error: source.ok ? undefined : source.last_error?.message,
    }))
    .toSorted((a, b) => Number(a.isWell) - Number(b.isWell) || (a.name < b.name ? -1 : 1))
}

function noteOf(source: Status['sources'][number], nowMs: number): string {
  const { last_success_at: successAt, last_latency_ms: latencyMs } = source
  if (!source.ok) {
    const failures = countedText(source.consecutive_failures, 'failure')
    return successAt === undefined
      ? `${failures}, never answered`
      : `${failures}, last answered ${ageText(nowMs - successAt)} ago`
  }
  const refused = source.refused_markets?.length ?? 0
  return [
    latencyMs === undefined ? '' : latencyText(latencyMs),
    refused === 0 ? '' : `refuses ${countedText(refused, 'market')}`,
  ]
    .filter((part) => part !== '')
    .join(', ')
}

export type TickView = { readonly label: string; readonly value: number; readonly isBad: boolean }

/** The book of ticks in four numbers; a quote that history refused for good is lost to readers. */
export function tickViews({ ticks }: Status): readonly TickView[] {
  if (ticks === undefined) return []
  const bad = (label: string, value: number): TickView => ({ label, value, isBad: value > 0 })
  return [
    { label: 'completed', value: ticks.completed, isBad: false },
    bad('skipped', ticks.skipped),
    bad('died', ticks.died),
    bad('quotes lost', ticks.quotes_lost + ticks.quotes_refused),
  ]
}
