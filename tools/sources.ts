/**
 * `npm run sources`: which exchanges can be used from this machine, and what an adapter reads out of
 * a saved answer.
 *
 *     npm run sources -- [--only kraken,okx] [--timeout 8] [--base-urls '{"kraken":"http://…"}']
 *     npm run sources -- --parse kraken body.json      (`-` reads standard input)
 *
 * Addresses may also come from EXCHANGE_BASE_URLS. The exit code is 0 if any exchange gave a price,
 * or if the body could be read.
 */

import { createReadStream, statSync } from 'node:fs'
import { text as textOf } from 'node:stream/consumers'
import { parseArgs } from 'node:util'
import { listings } from '../src/catalogue.ts'
import {
  type ExchangeBaseUrls,
  exchangeBaseUrlsSchema,
  exchanges,
} from '../src/exchanges/registry.ts'
import { OracleError } from '../src/protocol/errors.ts'
import { tableOf } from './report.ts'
import { exchangeNamed, SourcesError } from './sources/names.ts'
import { maxSavedBytes, type ParsedMarket, parsedMarkets } from './sources/parse.ts'
import { probe } from './sources/probe.ts'
import { rowOf, verdictOf } from './sources/table.ts'

/** A body on standard input that has not ended by then is not coming. Milliseconds. */
const inputWithinMs = 30_000

type Options = ReturnType<typeof optionsIn>

process.exitCode = await run(process.argv.slice(2))
// A connection that is kept open for a next request would keep us.
process.stdout.write('', () => process.exit())

async function run(args: string[]): Promise<number> {
  let isParsing = args.some((arg) => arg.startsWith('--parse'))
  try {
    const options = optionsIn(args)
    isParsing = options.parse !== undefined
    if (!isParsing) return await report(options)
    print(await parsed(options))
    return 0
  } catch (error) {
    const { code, message } = told(error)
    if (isParsing) print({ error: { code, message } })
    else process.stderr.write(`${message}\n`)
    return 1
  }
}

function optionsIn(args: string[]) {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      parse: { type: 'string' },
      market: { type: 'string' },
      only: { type: 'string' },
      timeout: { type: 'string', default: '8' },
      'base-urls': { type: 'string', default: process.env['EXCHANGE_BASE_URLS'] ?? '{}' },
    },
  })
  return { ...values, positionals }
}

async function report(options: Options): Promise<number> {
  const timeoutSec = Number(options.timeout)
  if (!(timeoutSec > 0 && timeoutSec <= 60)) throw malformed('--timeout takes seconds, up to 60.')
  const names = options.only?.split(',')
  const probes = await probe({
    exchanges: names?.map((name) => exchangeNamed(name, exchanges)) ?? [...exchanges.values()],
    listings,
    baseUrls: baseUrlsIn(options['base-urls']),
    fetch: (url, init) => fetch(url, init),
    nowMs: Date.now,
    timeoutMs: timeoutSec * 1_000,
  })
  const { ok, sentence } = verdictOf(probes)
  process.stdout.write(`${tableOf(probes.map(rowOf))}\n\n${sentence}\n`)
  return ok ? 0 : 1
}

async function parsed(options: Options): Promise<readonly ParsedMarket[]> {
  const [file, ...more] = options.positionals
  const exchange = exchangeNamed(options.parse ?? '', exchanges)
  if (file === undefined || more.length > 0) {
    throw malformed('--parse takes an exchange and one file, or - for standard input.')
  }
  const { market } = options
  const saved = { text: await bodyIn(file), receivedAtMs: Date.now() }
  return parsedMarkets(exchange, listings, { ...saved, ...(market !== undefined && { market }) })
}

async function bodyIn(file: string): Promise<string> {
  try {
    if (file !== '-' && statSync(file).size > maxSavedBytes) {
      throw new SourcesError('too-large', `${file} is over ${maxSavedBytes} bytes.`)
    }
    const stream = file === '-' ? process.stdin : createReadStream(file)
    const late = AbortSignal.timeout(inputWithinMs)
    late.addEventListener('abort', () => stream.destroy(new Error('it did not end in time')))
    return await textOf(stream)
  } catch (cause) {
    if (cause instanceof SourcesError) throw cause
    const name = file === '-' ? 'Standard input' : file
    throw new SourcesError('file-unreadable', `${name} cannot be read: ${told(cause).message}`)
  }
}

function baseUrlsIn(text: string): ExchangeBaseUrls {
  const urls = exchangeBaseUrlsSchema.safeParse(text)
  if (urls.success) return urls.data
  throw malformed(`--base-urls makes no sense. ${urls.error.issues[0]?.message ?? ''}`.trim())
}

function malformed(message: string): SourcesError {
  return new SourcesError('option-malformed', message)
}

function told(error: unknown): { readonly code: string; readonly message: string } {
  const message = error instanceof Error ? error.message : String(error)
  return { code: error instanceof OracleError ? error.code : 'option-malformed', message }
}

function print(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, null, 2)}\n`)
}
