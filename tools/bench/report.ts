/** What the bench found, as tables for people: each figure beside its yardstick and its budget. */

import { grouped, tableOf } from '../report.ts'
import type { Side } from './duel.ts'
import type { Measured } from './measure.ts'
import type { Spread } from './fan-out.ts'
import type { TicksMeasured } from './ticks.ts'

/** What each path is held to (design, "Budgets"): a part of its yardstick's requests a second. */
const budgets: Readonly<Record<string, { readonly ratio: number; readonly p50Ms?: number }>> = {
  'GET /api/v1/price/BTC': { ratio: 0.8, p50Ms: 5 },
  'GET /health': { ratio: 0.5 },
  'GET /api/v1/feeds': { ratio: 0.5 },
}

export function reportOf({ ticks, duels, fanOut }: Measured): string {
  const requests = duels.flatMap(({ ours, yardstick, ratio }) => {
    return [
      { ...rowOf(ours), ratio: ratio.toFixed(2), budget: budgetText(ours, ratio) },
      { ...rowOf(yardstick), ratio: '', budget: '' },
    ]
  })
  const spread = [
    { ...spreadRowOf('a Stream shard', fanOut.ours), budget: spreadBudget(fanOut) },
    { ...spreadRowOf('plain ws', fanOut.yardstick), budget: '' },
  ]
  return [
    'The deployed bundle in workerd itself; 32 connections, from a client on the same machine as ' +
      'workerd and the stand-ins, so that what counts is the ratio: the median over pairs of rounds that alternate, of requests a ' +
      'second.',
    tableOf(requests),
    `A broadcast to ${grouped(fanOut.listeners)} listeners, ${fanOut.broadcasts} times, from the ` +
      'request for it; the listeners are one process on the same machine.',
    tableOf(spread),
    ticksText(ticks),
  ].join('\n\n')
}

function rowOf({ name, perSecond, p50Ms, p99Ms, cpuUs }: Side) {
  return {
    path: name,
    'requests/s': grouped(perSecond),
    'p50 ms': p50Ms.toFixed(2),
    'p99 ms': p99Ms.toFixed(2),
    'workerd µs/request': cpuUs === undefined ? 'unknown' : cpuUs.toFixed(0),
  }
}

function spreadRowOf(name: string, { firstP50Ms, lastP50Ms, lastP99Ms }: Spread) {
  return {
    'fan-out': name,
    'first p50 ms': firstP50Ms.toFixed(1),
    'last p50 ms': lastP50Ms.toFixed(1),
    'last p99 ms': lastP99Ms.toFixed(1),
  }
}

function budgetText({ name, p50Ms }: Side, ratio: number): string {
  const budget = budgets[name]
  if (budget === undefined) return ''
  const ofRatio = `≥ ${budget.ratio}: ${verdict(ratio >= budget.ratio)}`
  if (budget.p50Ms === undefined) return ofRatio
  return `${ofRatio}; p50 < ${budget.p50Ms} ms: ${verdict(p50Ms < budget.p50Ms)}`
}

function spreadBudget({ ours, yardstick }: Measured['fanOut']): string {
  const most = Math.min(60, 1.5 * yardstick.lastP99Ms)
  return `last p99 ≤ ${most.toFixed(1)}: ${verdict(ours.lastP99Ms <= most)}`
}

function verdict(isMet: boolean): string {
  return isMet ? 'met' : 'missed'
}

function ticksText({ ticks, feeds, quotes, cpuMs, tookMs }: TicksMeasured): string {
  const cpu = cpuMs === undefined ? 'an unknown time' : `${cpuMs.toFixed(0)} ms`
  return (
    `A tick of the replayed exchanges (${feeds} feeds, ${quotes} quotes; ${ticks} ticks) takes ` +
    `workerd ${cpu} of processor time, and ${tookMs.toFixed(0)} ms from its instant to its last ` +
    'word. Budget: under 1 500 ms of processor time.'
  )
}
