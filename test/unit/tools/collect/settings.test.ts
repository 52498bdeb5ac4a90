import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { exchanges } from '../../../../src/exchanges/registry.ts'
import { settingsIn } from '../../../../tools/collect/settings.ts'

const secret = 'a secret of some thirty-six letters!'
const directory = mkdtempSync(join(tmpdir(), 'chrono-collect-'))
const file = join(directory, 'secret')
writeFileSync(file, `${secret}\n`, { mode: 0o600 })
afterAll(() => rmSync(directory, { recursive: true }))

const env = { CHRONO_COLLECTOR_SECRET: secret }
const needed = ['--worker-url', 'https://chrono.test', '--collector', 'eu-1']

describe('settingsIn', () => {
  test('has what options say, and sense where they are silent', () => {
    expect(settingsIn(needed, env)).toEqual({
      workerUrl: 'https://chrono.test',
      collector: 'eu-1',
      secret,
      sources: [...exchanges.keys()],
      intervalMs: 10_000,
      timeoutMs: 4_000,
      baseUrls: {},
      isOnce: false,
    })
  })

  test('takes from the environment what no option says, and an option before it', () => {
    const variables = {
      CHRONO_WORKER_URL: 'http://127.0.0.1:8787/',
      CHRONO_COLLECTOR: 'us-1',
      CHRONO_COLLECTOR_SECRET_FILE: file,
      CHRONO_EXCHANGES: 'Kraken,binance,kraken',
      CHRONO_INTERVAL: '2.5',
      CHRONO_TIMEOUT: '',
      EXCHANGE_BASE_URLS: '{"kraken":"http://127.0.0.1:1"}',
    }
    expect(settingsIn(['--collector', 'eu-1', '--once'], variables)).toMatchObject({
      workerUrl: 'http://127.0.0.1:8787/',
      collector: 'eu-1',
      secret,
      sources: ['kraken', 'binance'],
      intervalMs: 2_500,
      timeoutMs: 4_000,
      baseUrls: { kraken: 'http://127.0.0.1:1' },
      isOnce: true,
    })
  })

  test.each([
    { name: 'no Worker', args: ['--collector', 'eu-1'], said: /^worker-url is missing\.$/ },
    { name: 'no name', args: needed.slice(0, 2), said: /^collector is missing\.$/ },
    {
      name: 'a Worker without TLS',
      args: [...needed, '--worker-url', 'http://chrono.test'],
      said: /^worker-url: Expected https/,
    },
    { name: 'a name in capitals', args: [...needed, '--collector', 'EU'], said: /^collector: / },
    {
      name: 'an interval that is none',
      args: [...needed, '--interval', 'soon'],
      said: /^interval: /,
    },
    {
      name: 'too short an interval',
      args: [...needed, '--interval', '0.5'],
      said: /^interval: Expected 1 to 300 s\.$/,
    },
    {
      name: 'an exchange that is none',
      args: [...needed, '--exchanges', 'nowhere'],
      said: /nowhere/,
    },
    { name: 'an option that is none', args: [...needed, '--secret', 'x'], said: /--secret/ },
  ])('refuses $name in a sentence', ({ args, said }) => {
    expect(() => settingsIn(args, env)).toThrow(said)
  })

  test('refuses a secret that is missing, short, unreadable, or readable by others', () => {
    const shared = join(directory, 'shared')
    writeFileSync(shared, secret)
    chmodSync(shared, 0o644)
    const refused = (variables: Readonly<Record<string, string>>) => {
      try {
        settingsIn(needed, variables)
      } catch (error) {
        return error instanceof Error ? error.message : ''
      }
      return 'taken'
    }
    expect(refused({})).toMatch(/^There is no secret: /)
    expect(refused({ CHRONO_COLLECTOR_SECRET: 'x'.repeat(31) })).toMatch(/fewer than 32 characters/)
    expect(refused({ CHRONO_COLLECTOR_SECRET_FILE: join(directory, 'none') })).toMatch(
      /cannot be read/,
    )
    const told = refused({ CHRONO_COLLECTOR_SECRET_FILE: shared })
    expect(told).toMatch(/chmod 600/)
    expect(told).not.toContain(secret)
  })
})
