import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { type RunningExchanges, startExchanges } from '../../../../local/exchanges.ts'
import { listings } from '../../../../src/catalogue.ts'
import type { Fetch } from '../../../../src/exchanges/answer.ts'
import { exchanges } from '../../../../src/exchanges/registry.ts'
import { probe, type ProbeDeps } from '../../../../tools/sources/probe.ts'
import { rowOf, verdictOf } from '../../../../tools/sources/table.ts'

const program = join(import.meta.dirname, '..', '..', '..', '..', 'tools', 'sources.ts')
const three = ['binance', 'coinbase', 'kraken'].flatMap((name) => exchanges.get(name) ?? [])

let replay: RunningExchanges
beforeAll(async () => {
  replay = await startExchanges({ port: 0 })
})
afterAll(() => replay.stop())
afterEach(() => control('', {}))

function control(venue: string, fault: unknown) {
  return fetch(`http://127.0.0.1:${replay.port}/control${venue}`, {
    method: 'POST',
    body: JSON.stringify(fault),
  })
}

async function probed(differing: Partial<ProbeDeps> = {}) {
  const probes = await probe({
    exchanges: three,
    listings,
    baseUrls: replay.baseUrls,
    fetch: (url, init) => fetch(url, init),
    nowMs: Date.now,
    timeoutMs: 2_000,
    ...differing,
  })
  const rows = Object.fromEntries(probes.map((each) => [each.exchange, rowOf(each)]))
  return { probes, rows, verdict: verdictOf(probes) }
}

describe('a probe', () => {
  test('tells of each exchange what it found, in the order of the exchanges', async () => {
    const { probes, rows, verdict } = await probed()
    expect(probes.map(({ exchange }) => exchange)).toEqual(['binance', 'coinbase', 'kraken'])
    for (const { asked, markets, spreadBps } of probes) {
      expect(asked.tickers).toHaveLength(markets)
      expect(spreadBps).toBeLessThan(10)
    }
    expect(rows['binance']).toMatchObject({
      reachable: 'yes',
      'age s': expect.stringMatching(/^\d/),
      failure: '',
    })
    expect(rows['kraken']).toMatchObject({ 'age s': 'undated' })
    expect(verdict).toEqual({ ok: true, sentence: '3 of 3 exchanges can be used from here.' })
  })

  test('shows who strays from the others', async () => {
    await control('/binance', { marketFactor: 1.02 })
    const { probes } = await probed()
    const spreads = probes.map(({ spreadBps }) => spreadBps ?? 0)
    expect(spreads[0]).toBeGreaterThan(100)
    expect(spreads[1]).toBeLessThan(10)
  })

  test('a source that fails costs only itself, and says why', async () => {
    await control('/binance', { mode: 'html' })
    await control('/coinbase', { mode: 'hang' })
    const { rows, verdict } = await probed({ timeoutMs: 300 })
    expect(rows['binance']).toMatchObject({ reachable: 'no', failure: 'blocked-here: HTTP 403.' })
    expect(rows['coinbase']).toMatchObject({
      reachable: 'no',
      failure: expect.stringMatching(/^timed-out: /),
    })
    expect(rows['kraken']).toMatchObject({ reachable: 'yes' })
    expect(verdict.sentence).toBe('1 of 3 exchanges can be used from here.')
  })

  test('asks no more than ten at once', async () => {
    let open = 0
    let most = 0
    const slow: Fetch = async () => {
      open += 1
      most = Math.max(most, open)
      await new Promise((resolve) => setTimeout(resolve, 5))
      open -= 1
      throw new TypeError('fetch failed')
    }
    const kraken = exchanges.get('kraken')
    if (kraken === undefined) throw new Error('Kraken is gone.')
    const many = Array.from({ length: 25 }, (_, i) => ({ ...kraken, name: `venue-${i}` }))
    const listed = many.map(({ name }) => ({ ...listings[0], source: name, market: 'XBTUSD' }))
    const { probes, verdict } = await probed({
      exchanges: many,
      // Each has all that a listing has but for its names.
      listings: listed as ProbeDeps['listings'],
      baseUrls: {},
      fetch: slow,
    })
    expect(probes).toHaveLength(25)
    expect(most).toBe(10)
    expect(verdict).toEqual({
      ok: false,
      sentence: 'Offline: none of 25 exchanges could be reached from this machine.',
    })
  })

  test('whom everybody refuses is not offline', async () => {
    await control('', { mode: 'html' })
    const { verdict } = await probed()
    expect(verdict).toEqual({
      ok: false,
      sentence: 'None of 3 exchanges gave a price to this machine.',
    })
  })
})

describe('as a program', () => {
  const run = async (args: readonly string[], env: Readonly<Record<string, string>> = {}) => {
    try {
      const environment = { ...process.env, ...env }
      return {
        code: 0,
        ...(await promisify(execFile)(process.execPath, [program, ...args], { env: environment })),
      }
    } catch (error) {
      // What execFile rejects with, when a program ends with another code than 0.
      return error as { readonly code: number; readonly stdout: string; readonly stderr: string }
    }
  }

  test('asks where it is told to by an option or by the environment', async () => {
    const urls = JSON.stringify(replay.baseUrls)
    const only = ['--only', 'Kraken,binance']
    for (const ran of [
      await run([...only, '--base-urls', urls]),
      await run(only, { EXCHANGE_BASE_URLS: urls }),
    ]) {
      expect(ran.stdout).toContain('2 of 2 exchanges can be used from here.')
      expect(ran.stdout).toMatch(/^\| kraken +\| yes /m)
      expect(ran.code).toBe(0)
    }
  })

  test('says that it is offline, and fails', async () => {
    // Port 1 of this machine answers nobody.
    const nowhere = JSON.stringify({ kraken: 'http://127.0.0.1:1' })
    const { code, stdout } = await run(['--only', 'kraken', '--base-urls', nowhere])
    expect(stdout).toContain('Offline: none of 1 exchanges could be reached from this machine.')
    expect(code).toBe(1)
  })

  test.each([
    { args: ['--parse', 'nowhere', 'x.json'], code: 'exchange-unknown' },
    { args: ['--parse', 'kraken', '/no/such/file.json'], code: 'file-unreadable' },
    { args: ['--parse', 'kraken'], code: 'option-malformed' },
    { args: ['--parse'], code: 'option-malformed' },
    { args: ['--parse', 'kraken', program], code: 'not-json' },
  ])('answers $args with $code as JSON, and fails', async ({ args, code }) => {
    const ran = await run(args)
    expect(JSON.parse(ran.stdout)).toEqual({ error: { code, message: expect.any(String) } })
    expect(ran.code).toBe(1)
  })
})
