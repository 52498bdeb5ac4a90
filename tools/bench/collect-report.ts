/** What the bench of collecting found, as tables for people: each figure beside what it is held to. */

import { listings, symbols } from '../../src/catalogue.ts'
import { grouped, tableOf } from '../report.ts'
import type { CollectTicks, Growth } from './collect-ticks.ts'
import type { IngestLoad } from './ingest-load.ts'
import type { TicksMeasured } from './ticks.ts'

export type CollectMeasured = {
  readonly ticks: CollectTicks
  readonly growth: Growth
  readonly inWorkerd: TicksMeasured
  readonly ingest: IngestLoad
  /** What Postgres it was. */
  readonly server: string
}

const maxTickCpuMs = 1_500
const leastPerSecond = 1_000

/** Growth that is none: what a heap of this size wanders by between two collections of garbage. */
const heapSlackMb = 3

export function collectReportOf(measured: CollectMeasured): string {
  const { ticks, growth, inWorkerd, ingest, server } = measured
  const exchanges = new Set(listings.map(({ source }) => source)).size
  return [
    `A tick of ${exchanges} exchanges (${listings.length} markets) and ${symbols.length} feeds from ` +
      'the tape: adapters, normalisation, votes and rows in one Node process, over bodies made ' +
      `beforehand; medians of ${ticks.ticks} ticks. The yardstick is \`JSON.parse\` of the same bodies.`,
    tableOf(tickRows(ticks, inWorkerd)),
    growthText(growth),
    `Sustained ingestion through \`POST /internal/ingest\` of the deployed bundle in workerd into ` +
      `${server}, ${ingest.seconds.toFixed(0)} s, client and stores on the same machine:`,
    tableOf(ingestRows(ingest)),
    'Where the time of a quote goes, processor time of each process:',
    tableOf(
      Object.entries(ingest.cpuUs).map(([process, us]) => ({
        process,
        'µs a quote': us === undefined ? 'unknown' : us.toFixed(0),
      })),
    ),
  ].join('\n\n')
}

function tickRows(ticks: CollectTicks, inWorkerd: TicksMeasured) {
  const { cpuMs, wallMs, parseMs, votingMs } = ticks
  const row = (what: string, figure: string, budget = '') => ({ 'one tick': what, figure, budget })
  return [
    row('processor time', `${cpuMs.toFixed(0)} ms`, budgetOf(cpuMs < maxTickCpuMs, '< 1 500 ms')),
    row('the votes of all feeds, as time', `${votingMs.toFixed(0)} ms`),
    row('against `JSON.parse` of its bodies', `${(cpuMs / parseMs).toFixed(1)} ×`),
    row('time', `${wallMs.toFixed(0)} ms`),
    row('requests', String(ticks.requests)),
    row('bytes read', grouped(ticks.bytesRead)),
    row('quotes, and rows written', `${ticks.quotes}, ${ticks.rows}`),
    row('bytes written', grouped(ticks.bytesWritten)),
    row('feeds priced', String(ticks.priced)),
    ...workerdRow(inWorkerd, row),
  ]
}

function workerdRow(
  { cpuMs, feeds, quotes }: TicksMeasured,
  row: (what: string, figure: string, budget?: string) => Record<string, string>,
) {
  const what = `processor time in workerd, objects and all (${feeds} feeds, ${quotes} quotes)`
  if (cpuMs === undefined) return [row(what, 'unknown')]
  return [row(what, `${cpuMs.toFixed(0)} ms`, budgetOf(cpuMs < maxTickCpuMs, '< 1 500 ms'))]
}

function growthText({ ticks, heapMb: [from, to], rssMb }: Growth): string {
  const verdict = to - from < heapSlackMb ? 'no growth' : 'it grows'
  return (
    `Over ${grouped(ticks)} ticks the heap goes from ${from.toFixed(1)} to ${to.toFixed(1)} MB after a ` +
    `collection of garbage, resident memory from ${rssMb[0].toFixed(0)} to ${rssMb[1].toFixed(0)} MB, ` +
    `the replay in the same process: ${verdict}.`
  )
}

function ingestRows(ingest: IngestLoad) {
  const isSame = ingest.sentSha256 === ingest.storedSha256 && ingest.accepted === ingest.stored
  const [from, to] = ingest.residentMb
  const row = (what: string, figure: string, budget = '') => ({ ingestion: what, figure, budget })
  return [
    row(
      'quotes a second',
      grouped(ingest.perSecond),
      budgetOf(ingest.perSecond >= leastPerSecond, '≥ 1 000'),
    ),
    row('batches of quotes', `${ingest.batches}, ${ingest.again} tries again`),
    row('a batch, p50 / p99', `${ingest.p50Ms.toFixed(0)} / ${ingest.p99Ms.toFixed(0)} ms`),
    row('accepted / stored', `${grouped(ingest.accepted)} / ${grouped(ingest.stored)}`),
    row(
      'SHA-256 of accepted / stored ids',
      `${ingest.sentSha256.slice(0, 12)} / ${ingest.storedSha256.slice(0, 12)}`,
      budgetOf(isSame, 'the same'),
    ),
    row(
      'workerd resident, two thirds in / at the end',
      `${from?.toFixed(0) ?? 'unknown'} / ${to?.toFixed(0) ?? 'unknown'} MB`,
    ),
  ]
}

function budgetOf(isMet: boolean, budget: string): string {
  return `${budget}: ${isMet ? 'met' : 'missed'}`
}
