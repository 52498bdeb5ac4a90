import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { alerts, driftAlarmSec, rulesText } from '../../../signer-bridge/alerts.ts'
import { clockCheck } from '../../../signer-bridge/clock.ts'
import { samplesIn } from '../../../signer-bridge/exposition.ts'
import { counted } from '../../../signer-bridge/log.ts'
import { metricsPage } from '../../../signer-bridge/metrics.ts'
import { tableIn } from '../../support/markdown-table.ts'

const house = new URL('../../../signer-bridge/', import.meta.url).pathname

/** What the Worker alone measures. */
const ofTheWorker = ['chrono_bridge_silent']

test('each alert goes by lines that the bridge does log', () => {
  const source = readdirSync(house, { recursive: true, encoding: 'utf8' })
    .filter(
      (file) => file.endsWith('.ts') && file !== 'alerts.ts' && !file.includes('node_modules'),
    )
    .map((file) => readFileSync(join(house, file), 'utf8'))
    .join('\n')
  for (const event of alerts.flatMap(({ events }) => events)) {
    expect(source).toContain(`'${event}'`)
  }
})

test('each alert goes by metrics that are on the page of the bridge, or on that of the Worker', async () => {
  const page = metricsPage()
  const text = await page.text()
  for (const { expression } of alerts) {
    const names = expression.match(/chrono_\w+/g) ?? []
    expect(names).not.toEqual([])
    for (const name of names) {
      if (!ofTheWorker.includes(name)) expect(text).toContain(`# TYPE ${name} `)
    }
  }
  const worker = readFileSync(join(house, '../src/api/metrics-text.ts'), 'utf8')
  for (const name of ofTheWorker) expect(worker).toContain(`'${name.replace('chrono_', '')}'`)
})

test('an event that an alert goes by is counted from 0, so that its first time is an increase', async () => {
  const page = metricsPage()
  const said: string[] = []
  const log = counted(({ event }) => void said.push(event), page.logged)
  const of = async (event: string) =>
    samplesIn(await page.text()).find(({ labels }) => labels['event'] === event)?.value
  expect(await of('reveal-missed')).toBe(0)
  log({ event: 'reveal-missed' })
  expect(await of('reveal-missed')).toBe(1)
  expect(said).toEqual(['reveal-missed'])
})

test.each([
  { drift: 'exactly as far behind as is trusted', sec: driftAlarmSec.behind, isTrusted: true },
  { drift: 'further behind', sec: driftAlarmSec.behind - 0.001, isTrusted: false },
  { drift: 'exactly as far ahead as is trusted', sec: driftAlarmSec.ahead, isTrusted: true },
  { drift: 'further ahead', sec: driftAlarmSec.ahead + 0.001, isTrusted: false },
])('the alert on the clock is that of the bridge: $drift', ({ sec, isTrusted }) => {
  const clock = clockCheck()
  clock.note(1_000, 1_000_000 + Math.round(sec * 1_000))
  expect(clock.isTrusted()).toBe(isTrusted)
})

describe('what is shipped', () => {
  test('as rules of Prometheus is made of the table', () => {
    const shipped = readFileSync(join(house, 'deploy/chrono-alerts.rules.yml'), 'utf8')
    expect(shipped).toBe(rulesText(alerts))
  })

  test('as a table in the README is the table', () => {
    const readme = readFileSync(join(house, 'README.md'), 'utf8')
    const rows = alerts.map(({ name, what, events, expression, forSec, remedy }) => [
      `\`${name}\``,
      what,
      events.map((event) => `\`${event}\``).join(', '),
      `\`${expression}\`${forSec > 0 ? ` for ${forSec} s` : ''}`,
      remedy,
    ])
    const headings = ['alert', 'what happened', 'log', 'metric', 'what to do']
    expect(tableIn(readme, headings)).toEqual(rows)
  })

  test('has no name twice, and says of each what to do', () => {
    const names = alerts.map(({ name }) => name)
    expect(new Set(names).size).toBe(names.length)
    for (const { name, remedy } of alerts) {
      expect(name).toMatch(/^Chrono[A-Z]\w+$/)
      expect(remedy.length).toBeGreaterThan(20)
    }
  })
})
