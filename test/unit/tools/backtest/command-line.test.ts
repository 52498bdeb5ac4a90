import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { quoteTape } from '../../../support/quote-tape.ts'

let dir: string

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'chrono-backtest-'))
  await writeFile(join(dir, 'quotes.csv'), [...quoteTape({ ticks: 20 })].join(''))
  await writeFile(join(dir, 'bad.csv'), 'timestamp_ms,symbol,source,price,volume\n1,BTC,a,much,1\n')
})

afterAll(async () => rm(dir, { recursive: true }))

async function run(...args: readonly string[]) {
  const command = ['--disable-warning=ExperimentalWarning', 'tools/backtest.ts', ...args]
  return promisify(execFile)(process.execPath, command, { timeout: 30_000 })
}

test('prints its tables, and writes data and drawing where it is told to', async () => {
  const [json, plot] = [join(dir, 'out.json'), join(dir, 'out.svg')]
  const args = ['--truth', 'column', '--json', json, '--plot', plot]
  const { stdout, stderr } = await run(join(dir, 'quotes.csv'), ...args)
  expect(stderr).toBe('')
  expect(stdout).toContain('100 rows, a tick every 30 s, truth: column.')
  expect(JSON.parse(await readFile(json, 'utf8'))).toMatchObject({
    truth: 'column',
    cadence_ms: 30_000,
    feeds: [{ symbol: 'BTC/USD', ticks: 20, errors: { count: 20 } }],
  })
  expect(await readFile(plot, 'utf8')).toMatch(/^<svg [^]*<\/svg>\n$/)
}, 60_000)

test.each([
  { name: 'a bad row', args: ['bad.csv'], says: 'Line 2, column price: "much" is no number.\n' },
  { name: 'no such file', args: ['none.csv'], says: 'none.csv cannot be read' },
  { name: 'no file', args: [], says: 'One file of quotes is to be named.' },
])(
  'of $name it says one sentence, and fails',
  async ({ args, says }) => {
    const failed: unknown = await run(...args.map((file) => join(dir, file))).catch(
      (error: unknown) => error,
    )
    expect(failed).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining(says) })
    expect(failed).toMatchObject({ stderr: expect.stringMatching(/^[^\n]+\n$/) })
  },
  60_000,
)
