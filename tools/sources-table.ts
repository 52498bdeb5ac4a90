/**
 * `docs/sources.md`, made from the catalogue: which feed has how many independent sources.
 *
 *     node tools/sources-table.ts            prints it
 *     node tools/sources-table.ts --write    writes it
 */

import { writeFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import { catalogue, type CatalogueFeed, listings } from '../src/catalogue.ts'
import { groupOf, independenceGroups } from '../src/catalogue/independence.ts'
import { independentSources, thinFeeds } from '../src/catalogue/problems.ts'
import type { Exchange } from '../src/exchanges/exchange.ts'
import { exchanges } from '../src/exchanges/registry.ts'
import { type Vantage, vantages } from '../src/vantage.ts'
import { type Row, tableOf } from './report.ts'

/** The whole page. */
export function sourcesPage(): string {
  const counts = catalogue.map((feed) => independentSources(feed.listings))
  const thin = thinFeeds(catalogue).map(({ symbol, independent }) => `${symbol} (${independent})`)
  return `# Sources

Made from the catalogue by \`node tools/sources-table.ts --write\`; a test says so if it is out of
date. Which exchange trades what is known from documents, not from live answers: a market that is not
there is refused or left out, and shows in \`GET /api/v1/status\`.

${catalogue.length} feeds, ${exchanges.size} sources, ${listings.length} markets. Median of independent sources a feed:
**${medianOf(counts)}**. Thin, with fewer than three: ${thin.join(', ') || 'none'}.

## Independent sources by feed

Sources in brackets show one book and have one vote between them.

${tableOf(catalogue.map(feedRow))}

## Exchanges

A request names so many markets at most, or brings them all; the pace is the least time between two
askings.

${tableOf(exchangeRows())}

Each vantage point is one object; a source that refuses its home region is asked by another object
in its fallback region, which exists from then on.

## Groups

${tableOf(groupRows())}
`
}

/** The middle of some counts; of an even number of them the lower one. */
export function medianOf(counts: readonly number[]): number {
  return counts.toSorted((a, b) => a - b)[Math.floor((counts.length - 1) / 2)] ?? 0
}

function feedRow({ symbol, listings: own }: CatalogueFeed): Row {
  const byGroup = Map.groupBy(
    own.map(({ source }) => source),
    groupOf,
  )
  const names = [...byGroup.values()].map((members) =>
    members.length === 1 ? members.join() : `(${members.join(' ')})`,
  )
  return {
    feed: symbol,
    independent: String(independentSources(own)),
    sources: names.join(' '),
  }
}

function exchangeRows(): Row[] {
  return vantages.flatMap((vantage) =>
    vantage.sources.flatMap((source) => {
      const exchange = exchanges.get(source)
      return exchange === undefined ? [] : [exchangeRow(exchange, vantage)]
    }),
  )
}

function exchangeRow(exchange: Exchange, vantage: Vantage): Row {
  const { name, maxMarkets, minIntervalMs, alternateUrls = [] } = exchange
  const own = listings.filter(({ source }) => source === name)
  const currencies = [...new Set(own.map(({ quoteCurrency }) => quoteCurrency))].toSorted()
  return {
    exchange: name,
    'vantage point': vantage.name,
    fallback: vantage.fallbacks[name]?.locationHint ?? '',
    markets: String(own.length),
    'quoted in': currencies.join(', '),
    'a request': maxMarkets === Infinity ? 'all' : String(maxMarkets),
    pace: `${minIntervalMs / 1_000} s`,
    addresses: String(1 + alternateUrls.length),
  }
}

function groupRows(): Row[] {
  const byGroup = Map.groupBy(Object.keys(independenceGroups), groupOf)
  return [...byGroup].map(([group, members]) => ({ group, sources: members.join(', ') }))
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  if (process.argv.includes('--write')) {
    writeFileSync(new URL('../docs/sources.md', import.meta.url), sourcesPage())
  } else {
    process.stdout.write(sourcesPage())
  }
}
