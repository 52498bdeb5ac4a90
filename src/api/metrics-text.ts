/**
 * The state of the house in Prometheus' text format: what the status page says, as numbers. Labels
 * are sources, regions and stores, never feeds or keys, so that the series stay few.
 *
 * @see https://prometheus.io/docs/instrumenting/exposition_formats/
 */

import { alertKinds, type SourceStatus, type Status } from '../protocol/status.ts'

export const metricsType = 'text/plain; version=0.0.4; charset=utf-8'

type Labels = Readonly<Record<string, string>>
type Sample = { readonly labels?: Labels; readonly value: number | undefined }
type Metric = {
  readonly name: string
  readonly kind?: 'counter'
  readonly help: string
  readonly samples: readonly Sample[]
}

/** All metrics of a status. What is not known has no sample; a metric without samples is left out. */
export function metricsText(status: Status): string {
  const metrics = [
    ...houseMetrics(status),
    ...bridgeMetrics(status.bridge),
    ...tickMetrics(status.ticks),
    ...sourceMetrics(status.sources),
  ]
  return [...metrics.flatMap(linesOf), ''].join('\n')
}

function houseMetrics(status: Status): Metric[] {
  const { mode, network, stores } = status
  return [
    {
      name: 'info',
      help: 'What this house is: replayed prices are no prices.',
      samples: [{ labels: { mode, network }, value: 1 }],
    },
    single('degraded', 'Whether anything is not as it should be.', Number(status.degraded)),
    single('feeds', 'Feeds of the catalogue.', status.feeds),
    single('thin_feeds', 'Feeds with under three independent sources.', status.thin_feeds?.length),
    single('voting_round', 'The open voting round.', status.round.id),
    {
      name: 'store_up',
      help: 'Whether a store answers.',
      samples: [
        { labels: { store: 'cache' }, value: Number(stores.cache.ok) },
        { labels: { store: 'history' }, value: Number(stores.history.ok) },
      ],
    },
  ]
}

function bridgeMetrics(bridge: Status['bridge']): Metric[] {
  return [
    single(
      'bridge_heard_timestamp_seconds',
      'When a bridge last acted.',
      seconds(bridge?.heard_at),
    ),
    single('bridge_silent', 'Whether nobody acts any more.', bridge && Number(bridge.silent)),
    single('bridge_standbys', 'Bridges that stand by.', bridge?.standbys),
  ]
}

const tickOutcomes = ['completed', 'died', 'skipped', 'doubled'] as const
const quoteOutcomes = ['accepted', 'lost', 'refused'] as const

function tickMetrics(ticks: Status['ticks']): Metric[] {
  const last = ticks?.recent.find(({ state }) => state === 'completed')
  return [
    {
      name: 'ticks_total',
      kind: 'counter',
      help: 'Ticks by what became of them.',
      samples: tickOutcomes.map((outcome) => ({ labels: { outcome }, value: ticks?.[outcome] })),
    },
    {
      name: 'quotes_total',
      kind: 'counter',
      help: 'Quotes by what became of them.',
      samples: quoteOutcomes.map((outcome) => ({
        labels: { outcome },
        value: ticks?.[`quotes_${outcome}`],
      })),
    },
    {
      name: 'intervals_total',
      kind: 'counter',
      help: 'Intervals checked by halves of their sources: too narrow where over 5 % are missed.',
      samples: [
        { labels: { outcome: 'held' }, value: ticks?.intervals_held },
        {
          labels: { outcome: 'missed' },
          value: ticks && ticks.intervals_checked - ticks.intervals_held,
        },
      ],
    },
    {
      name: 'last_tick_alerts',
      help: 'Alerts that stood after it, over all feeds.',
      samples: alertKinds.map((kind) => ({
        labels: { kind },
        value: last && (last.alerts?.[kind] ?? 0),
      })),
    },
    single('last_tick_timestamp_seconds', 'The last completed tick.', seconds(last?.at)),
    single('last_tick_duration_seconds', 'How long it took.', seconds(last?.took_ms)),
    single('last_tick_feeds_priced', 'Feeds that reached a consensus in it.', last?.priced),
  ]
}

const circuitValues = { closed: 0, 'half-open': 0.5, open: 1 } as const

/** Gauges of a source: their names, what they say, and where it stands in the status. */
const sourceGauges: readonly (readonly [
  name: string,
  help: string,
  valueOf: (status: SourceStatus) => number | undefined,
])[] = [
  ['up', 'Whether its last answer was one.', ({ ok }) => Number(ok)],
  ['consecutive_failures', 'Failures in a row.', (status) => status.consecutive_failures],
  [
    'circuit_open',
    'Whether it is left alone; a half is one that is to be tried.',
    ({ circuit }) => circuit && circuitValues[circuit],
  ],
  ['moved', 'Whether it refuses its home region.', ({ moved }) => Number(moved !== undefined)],
  [
    'last_success_timestamp_seconds',
    'When it last answered.',
    (status) => seconds(status.last_success_at),
  ],
  ['tickers', 'Tickers that its last answer gave.', (status) => status.last_tickers],
  [
    'refused_markets',
    'Markets that it refused of late.',
    ({ refused_markets = [] }) => refused_markets.length,
  ],
  [
    'used_share',
    'Share of its limit that is used up by its own account.',
    (status) => status.used_share,
  ],
]

const quantiles = [
  ['0.5', 'p50'],
  ['0.9', 'p90'],
  ['0.99', 'p99'],
] as const

function sourceMetrics(sources: readonly SourceStatus[]): Metric[] {
  const gauges = sourceGauges.map(([name, help, valueOf]) => ({
    name: `source_${name}`,
    help,
    samples: sources.map((status) => ({ labels: labelsOf(status), value: valueOf(status) })),
  }))
  const latencies = sources.flatMap((status) =>
    quantiles.map(([quantile, name]) => ({
      labels: { ...labelsOf(status), quantile },
      value: seconds(status.latency_ms?.[name]),
    })),
  )
  const help = 'Quantiles over its last 60 answers.'
  return [...gauges, { name: 'source_latency_seconds', help, samples: latencies }]
}

function labelsOf({ source, region }: SourceStatus): Labels {
  return { source, ...(region !== undefined && { region }) }
}

function single(name: string, help: string, value: number | undefined): Metric {
  return { name, help, samples: [{ value }] }
}

function linesOf({ name, kind, help, samples }: Metric): string[] {
  const full = `chrono_${name}`
  const lines = samples.flatMap(({ labels = {}, value }) =>
    value === undefined ? [] : [`${full}${braced(labels)} ${value}`],
  )
  return lines.length === 0
    ? []
    : [`# HELP ${full} ${help}`, `# TYPE ${full} ${kind ?? 'gauge'}`, ...lines]
}

function braced(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`)
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`
}

function escaped(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
}

function seconds(ms: number | undefined): number | undefined {
  return ms === undefined ? undefined : ms / 1_000
}
