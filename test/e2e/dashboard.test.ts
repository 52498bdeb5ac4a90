/** The dashboard in a real browser: prices move, and a round runs until it is confirmed. */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { freePort } from '../../local/processes.ts'
import { type Stack, startStack } from '../../local/stack.ts'
import { launchBrowser } from '../support/browser.ts'
import { keepCron, until } from '../support/system.ts'

const directory = mkdtempSync(join(tmpdir(), 'chrono-dashboard-'))
const complaints: string[] = []
const deaths: string[] = []

let stack: Stack
let stopCron: () => void
let browser: Browser
let page: Page

beforeAll(async () => {
  browser = await launchBrowser()
  stack = await startStack({
    port: await freePort(),
    dashboardPort: await freePort(),
    mode: 'replay',
    roundSec: 20,
    directory,
    onProgress: () => undefined,
    onDeath: (sentence) => deaths.push(sentence),
  })
  stopCron = keepCron(stack)
  page = await browser.newPage({ viewport: { width: 1280, height: 1400 } })
  page.on('pageerror', (error) => complaints.push(error.message))
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text())
  })
  await page.goto(stack.file.dashboard_url)
})

afterAll(async () => {
  await browser?.close()
  stopCron?.()
  await stack?.stop()
  rmSync(directory, { recursive: true, force: true })
  expect(deaths).toEqual([])
})

/** The text of a feed's price and of its age. */
async function shown(base: string): Promise<{ price: string; age: string; sources: string }> {
  const header = page.getByRole('rowheader', { name: new RegExp(`^${base}\\W*USD`) })
  const cells = await page.locator('tr', { has: header }).locator('td').allInnerTexts()
  return { price: cells[0] ?? '', age: cells[2] ?? '', sources: cells[3] ?? '' }
}

test('says first of all that prices are simulated', async () => {
  await page.getByText('Simulated prices', { exact: false }).first().waitFor({ timeout: 30_000 })
})

test('shows a price with its age and its sources, and it moves', async () => {
  const first = await until('a price of BTC', 60_000, async () => {
    const { price, age, sources } = await shown('BTC')
    return /^[\d,.\s\u202f]+$/.test(price) && Number.parseInt(sources, 10) >= 10
      ? { price, age }
      : undefined
  })
  expect(first.age).toMatch(/\d/)
  await until('the price to move', 60_000, async () =>
    (await shown('BTC')).price === first.price ? undefined : true,
  )
})

test('runs a round to its confirmed reveal, before the eyes of whoever looks', async () => {
  const submissions = page.getByRole('table', { name: 'Submissions' })
  await until('a confirmed reveal', 90_000, async () => {
    const rows = await submissions.getByRole('row').allInnerTexts()
    return rows.some((row) => /reveal/i.test(row) && /confirmed/i.test(row)) ? true : undefined
  })
  const screenshot = process.env['CHRONO_SCREENSHOT']
  if (screenshot !== undefined) await page.screenshot({ path: screenshot })
})

test('has nothing to complain of', () => {
  expect(complaints).toEqual([])
})
