/** What a backtest is asked for on the command line. */

import { parseArgs } from 'node:util'
import { BacktestError } from './backtest-error.ts'
import type { TruthKind } from './replay.ts'

export const usage =
  'npm run backtest -- quotes.csv [--cadence 30s] [--truth leave-one-out|column] [--json out.json] [--plot out.svg]'

export type BacktestOptions = {
  /** The input; `-` is the standard one. */
  readonly file: string
  readonly cadenceMs: number
  readonly truth: TruthKind
  readonly jsonFile?: string
  readonly plotFile?: string
}

const unitsMs = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 } as const

/** A tick a second is more than any exchange is polled at, one a day is no feed any more. */
const leastCadenceMs = 100
const mostCadenceMs = 86_400_000

/** @throws {BacktestError} `option-malformed`, with what would be right. */
export function optionsOf(args: readonly string[]): BacktestOptions {
  const { values, positionals } = parsed(args)
  const [file, ...more] = positionals
  if (file === undefined || more.length > 0) throw malformed('One file of quotes is to be named')
  const { truth } = values
  if (truth !== 'leave-one-out' && truth !== 'column') {
    throw malformed(`--truth is leave-one-out or column, not "${truth}"`)
  }
  return {
    file,
    cadenceMs: cadenceOf(values.cadence),
    truth,
    ...(values.json !== undefined && { jsonFile: values.json }),
    ...(values.plot !== undefined && { plotFile: values.plot }),
  }
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        cadence: { type: 'string', default: '30s' },
        truth: { type: 'string', default: 'leave-one-out' },
        json: { type: 'string' },
        plot: { type: 'string' },
      },
    })
  } catch (error) {
    throw malformed(error instanceof Error ? error.message : String(error))
  }
}

function cadenceOf(text: string): number {
  const [, count, unit] = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(text) ?? []
  const unitMs = Object.entries(unitsMs).find(([name]) => name === unit)?.[1] ?? Number.NaN
  const cadenceMs = Number(count) * unitMs
  if (Number.isInteger(cadenceMs) && cadenceMs >= leastCadenceMs && cadenceMs <= mostCadenceMs) {
    return cadenceMs
  }
  throw malformed(`--cadence is a time such as 30s, from 100ms to 24h, not "${text}"`)
}

function malformed(what: string): BacktestError {
  return new BacktestError('option-malformed', `${what}. ${usage}`)
}
