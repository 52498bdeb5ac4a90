/**
 * `npm run backtest`: recorded quotes through the production code, and how far its prices were off.
 *
 *     node tools/backtest.ts quotes.csv [--cadence 30s] [--truth leave-one-out|column]
 *                            [--json out.json] [--plot out.svg]
 */

import { createReadStream, writeFileSync } from 'node:fs'
import type { Readable } from 'node:stream'
import { defaultPolicy } from '../src/core/policy.ts'
import { OracleError } from '../src/protocol/errors.ts'
import { backtest } from './backtest/backtest.ts'
import { BacktestError } from './backtest/backtest-error.ts'
import { reportOf, reportText } from './backtest/backtest-report.ts'
import { optionsOf } from './backtest/options.ts'
import { plotOf } from './backtest/plot.ts'

try {
  await run(process.argv.slice(2))
} catch (error) {
  if (!(error instanceof OracleError)) throw error
  process.stderr.write(`${error.message}\n`)
  process.exitCode = 1
}

async function run(args: readonly string[]): Promise<void> {
  const { file, jsonFile, plotFile, truth, cadenceMs } = optionsOf(args)
  const options = { truth, cadenceMs, policy: defaultPolicy }
  const input: Readable = file === '-' ? process.stdin : createReadStream(file)
  input.setEncoding('utf8')
  const replayed = await backtest(piecesOf(input, file), options)
  const report = reportOf(replayed, options)
  process.stdout.write(`${reportText(report)}\n`)
  if (jsonFile !== undefined) write(jsonFile, `${JSON.stringify(report, undefined, 2)}\n`)
  if (plotFile !== undefined) write(plotFile, plotOf(replayed.feeds))
}

/** @throws {BacktestError} `file-unreadable` */
async function* piecesOf(input: Readable, file: string): AsyncGenerator<string> {
  try {
    for await (const piece of input) yield String(piece)
  } catch (cause) {
    throw new BacktestError('file-unreadable', `${file} cannot be read: ${String(cause)}`, {
      cause,
    })
  }
}

function write(file: string, text: string): void {
  try {
    writeFileSync(file, text)
  } catch (cause) {
    throw new BacktestError('file-unwritable', `${file} cannot be written: ${String(cause)}`, {
      cause,
    })
  }
}
