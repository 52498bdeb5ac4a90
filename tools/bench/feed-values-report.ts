/** What the bench of the value provider found, as a table: each figure beside its bar. */

import { grouped, tableOf } from '../report.ts'
import type { Duel, Side } from './duel.ts'
import { crowd, type FeedValuesMeasured } from './feed-values.ts'

/** The reference provider's figures on such a machine (design, "Budgets"). */
const reference = { p50Ms: 1.5, perSecond: 735 } as const

export function feedValuesReportOf(measured: FeedValuesMeasured): string {
  const { feeds, alone, crowded, latest } = measured
  const isQuick = alone.ours.p50Ms < reference.p50Ms
  const isMany = crowded.ours.perSecond > reference.perSecond
  return [
    `The deployed bundle in workerd itself: ${feeds} feeds a request, the key in the path, checked ` +
      'and counted in Upstash each time; client, stand-in and Worker share the machine. The ratio ' +
      'is the median over pairs of rounds that alternate, of requests a second.',
    tableOf([
      ...rowsOf(alone, 1, `p50 < ${reference.p50Ms} ms: ${verdict(isQuick)}`),
      ...rowsOf(crowded, crowd, `> ${reference.perSecond}/s: ${verdict(isMany)}`),
      ...rowsOf(
        latest,
        crowd,
        `> ${reference.perSecond}/s: ${verdict(latest.ours.perSecond > reference.perSecond)}`,
      ),
    ]),
  ].join('\n\n')
}

function rowsOf({ ours, yardstick, ratio }: Duel, connections: number, budget: string) {
  return [
    { ...rowOf(ours, connections), ratio: ratio.toFixed(2), budget },
    { ...rowOf(yardstick, connections), ratio: '', budget: '' },
  ]
}

function rowOf({ name, perSecond, p50Ms, p99Ms, cpuUs }: Side, connections: number) {
  return {
    path: name,
    connections: String(connections),
    'requests/s': grouped(perSecond),
    'p50 ms': p50Ms.toFixed(2),
    'p99 ms': p99Ms.toFixed(2),
    'workerd µs/request': cpuUs === undefined ? 'unknown' : cpuUs.toFixed(0),
  }
}

function verdict(isMet: boolean): string {
  return isMet ? 'met' : 'missed'
}
