import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseGwei } from 'viem'
import { afterAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { secretSources } from '../../../signer-bridge/secrets.ts'
import { settingsBy } from '../../../signer-bridge/setting-options.ts'
import {
  flagOf,
  settingTable,
  singleSettings,
  variableOf,
} from '../../../signer-bridge/setting-table.ts'
import { settingsOf, settingsSchema } from '../../../signer-bridge/settings.ts'
import { tableIn } from '../../support/markdown-table.ts'

const directory = mkdtempSync(join(tmpdir(), 'chrono-given-'))
afterAll(() => rmSync(directory, { recursive: true }))

const address = '0xc4a19715F3Dd209F01E84ABe65De7c2E9C8b6269'
const least = {
  network: 'coston2',
  rpc_urls: ['https://rpc.example'],
  worker_url: 'https://oracle.example',
  submit_address: address,
  journal_file: 'journal.sqlite',
}

function fileOf(content: unknown): string {
  const file = join(directory, 'settings.json')
  writeFileSync(file, JSON.stringify(content))
  return file
}

const inEnvironment = {
  CHRONO_NETWORK: 'coston2',
  CHRONO_RPC_URLS: 'https://one.example, https://two.example/key',
  CHRONO_WORKER_URL: 'https://oracle.example',
  CHRONO_SUBMIT_ADDRESS: address,
  CHRONO_JOURNAL_FILE: 'somewhere/journal.sqlite',
}

describe('a setting', () => {
  test('is taken from the flag before the variable, and from that before the file', () => {
    const file = fileOf({ ...least, metrics_port: 1, balance_alarm: 1, round_seconds: undefined })
    const env = { CHRONO_METRICS_PORT: '2', CHRONO_BALANCE_ALARM: '2' }
    const settings = settingsOf(file, { env, flags: { metrics_port: '3' } })
    expect(settings.metricsPort).toBe(3)
    expect(settings.balanceAlarmWei).toBe(2n * 10n ** 18n)
    expect(settingsOf(file).metricsPort).toBe(1)
  })

  test('within an object leaves what the file says beside it', () => {
    const file = fileOf({ ...least, fees: { tip_min_gwei: 7, tip_max_gwei: 9 } })
    const settings = settingsOf(file, { env: { CHRONO_FEES_TIP_MAX_GWEI: '8.5' }, flags: {} })
    expect(settings.feePolicy).toMatchObject({
      tipMinWei: parseGwei('7'),
      tipMaxWei: parseGwei('8.5'),
    })
  })

  test('needs no file where the environment has the rest; its paths are from where we are', () => {
    const settings = settingsOf(undefined, { env: inEnvironment, flags: {} })
    expect(settings.rpcUrls).toEqual(['https://one.example', 'https://two.example/key'])
    expect(settings.journalFile).toBe(resolve('somewhere/journal.sqlite'))
  })

  test('in a file has its path from where the file is, also if the environment gives others', () => {
    const env = { CHRONO_OBSERVATIONS_FILE: 'here.sqlite' }
    const settings = settingsOf(fileOf(least), { env, flags: {} })
    expect(settings.journalFile).toBe(join(directory, 'journal.sqlite'))
    expect(settings.observationsFile).toBe(resolve('here.sqlite'))
  })

  test('in a variable that is empty is not set', () => {
    const settings = settingsOf(fileOf(least), { env: { CHRONO_RELAY: '' }, flags: {} })
    expect(settings.relay).toBe('off')
  })

  test.each([
    ['true', true],
    ['false', false],
  ])('that is yes or no is written %s', (text, value) => {
    const env = { CHRONO_PROTOCOL_PROVIDER_FINALIZATION_DATA: text }
    const settings = settingsOf(fileOf(least), { env, flags: {} })
    expect(settings.protocolProvider.withFinalizationData).toBe(value)
  })

  test.each([
    { name: 'a number with a word', env: { CHRONO_METRICS_PORT: '9100 s3cret' } },
    { name: 'an empty number flag', env: {}, flags: { metrics_port: '' } },
    { name: 'a yes', env: { CHRONO_PROTOCOL_PROVIDER_FINALIZATION_DATA: 's3cret' } },
    { name: 'a network', env: { CHRONO_NETWORK: 's3cret' } },
    { name: 'a node', env: { CHRONO_RPC_URLS: 'https://good.example,ftp://s3cret' } },
    { name: 'an address', env: { CHRONO_SUBMIT_ADDRESS: 's3cret' } },
    { name: 'a Worker in the open', env: { CHRONO_WORKER_URL: 'http://s3cret.example' } },
    { name: 'a base path', env: {}, flags: { 'protocol_provider.base_path': 's3cret' } },
  ])(
    'that makes no sense is named with where it came from, never with what it is: $name',
    (bad) => {
      const { env, flags = {} } = bad
      const [origin = ''] = [
        ...Object.keys(env),
        ...Object.keys(flags).map((name) => flagOf({ name })),
      ]
      const read = () => settingsOf(fileOf(least), { env, flags })
      expect(read).toThrow(
        expect.objectContaining({
          code: 'settings-invalid',
          message: expect.stringContaining(`(${origin})`),
        }),
      )
      expect(read).not.toThrow(/s3cret/)
    },
  )
})

describe('the environment', () => {
  test('is refused with a variable of ours that is no setting, by its name alone', () => {
    const env = { CHRONO_WORKER_ULR: 's3cret', PATH: '/bin' }
    const read = () => settingsOf(fileOf(least), { env, flags: {} })
    expect(read).toThrow(
      expect.objectContaining({
        code: 'settings-invalid',
        message: expect.stringContaining('CHRONO_WORKER_ULR'),
      }),
    )
    expect(read).not.toThrow(/s3cret/)
  })

  test.each(Object.values(secretSources))(
    'is refused with a secret itself, in a sentence that names $variable',
    ({ variable }) => {
      const env = { [variable.replace('_FILE', '')]: 's3cret', CHRONO_ANOTHER: 'x' }
      const read = () => settingsOf(fileOf(least), { env, flags: {} })
      expect(read).toThrow(
        expect.objectContaining({
          code: 'settings-invalid',
          message: expect.stringContaining(`name that file by ${variable}.`),
        }),
      )
      expect(read).not.toThrow(/s3cret/)
    },
  )

  test('may have the variables of the secrets, of the file, and of keys that the file names', () => {
    const file = fileOf({
      ...least,
      network: 'local',
      submit_address: undefined,
      keys: [{ role: 'submit', address, env: 'CHRONO_MY_KEY' }],
    })
    const secrets = Object.values(secretSources).map(({ variable }) => [variable, '/file'])
    const env = {
      ...Object.fromEntries(secrets),
      CHRONO_SETTINGS_FILE: file,
      CHRONO_MY_KEY: '0x12',
      UNRELATED: 'x',
    }
    expect(() => settingsOf(file, { env, flags: {} })).not.toThrow()
  })

  test('names the file where no flag does', () => {
    const file = fileOf({ ...least, metrics_port: 77 })
    expect(settingsBy({}, { CHRONO_SETTINGS_FILE: file }).metricsPort).toBe(77)
    const options = { settings: fileOf({ ...least, metrics_port: 78 }) }
    expect(settingsBy(options, { CHRONO_SETTINGS_FILE: '/none' }).metricsPort).toBe(78)
  })
})

describe('the command line', () => {
  const main = new URL('../../../signer-bridge/main.ts', import.meta.url).pathname
  const run = (...args: readonly string[]) =>
    spawnSync(process.execPath, ['--disable-warning=ExperimentalWarning', main, ...args], {
      cwd: directory,
      encoding: 'utf8',
      env: { ...inEnvironment, PATH: process.env['PATH'] },
      timeout: 30_000,
    })

  test('has the flags under the names that commands hand over', () => {
    const options = { workerUrl: 'https://flag.example', feesTipMinGwei: '3' }
    const settings = settingsBy(options, inEnvironment)
    expect(settings.workerUrl).toBe('https://flag.example')
    expect(settings.feePolicy.tipMinWei).toBe(parseGwei('3'))
  })

  test('explains each setting with its flag, its variable and what holds without it', () => {
    const help = run('run', '--help').stdout.replaceAll(/\s+/g, ' ')
    for (const row of singleSettings()) {
      expect(help).toContain(`${flagOf(row)} <`)
      expect(help).toContain(`(${variableOf(row)}${row.standard ? `, ${row.standard}` : ''})`)
    }
  })

  test('takes flags over the environment, without any file, and shows no value that is wrong', () => {
    const { status, stderr } = run('status', '--worker-url', 'http://s3cret.example')
    expect(status).toBe(1)
    expect(stderr).toMatch(/^settings-invalid: .*worker_url \(--worker-url\): Expected https/)
    expect(stderr).not.toContain('s3cret')
    expect(run('status').stderr).toMatch(/^journal-missing: /)
    expect(run('status', '--settings', 'none.json').stderr).toMatch(
      /^settings-invalid: .*none.json/,
    )
  })
})

describe('a word that the command line does not know', () => {
  const main = new URL('../../../signer-bridge/main.ts', import.meta.url).pathname
  test.each([
    { args: ['run', '--setings', 'x'], says: '(Did you mean --settings?)' },
    { args: ['docto'], says: '(Did you mean doctor?)' },
  ])('is answered with the nearest that it knows, in three lines: $args', ({ args, says }) => {
    const node = ['--disable-warning=ExperimentalWarning', main, ...args]
    const { status, stderr } = spawnSync(process.execPath, node, { encoding: 'utf8', env: {} })
    expect(status).toBe(1)
    const [first = '', ...rest] = stderr.trim().split('\n')
    expect(first).toMatch(/^error: unknown /)
    expect(rest).toEqual([says, 'See --help.'])
  })
})

describe('the table', () => {
  /** The names of all that the file may say, objects opened, lists not. */
  function namesIn(schema: unknown, path: readonly string[] = []): readonly string[] {
    const { properties } = z
      .object({ properties: z.record(z.string(), z.unknown()).optional() })
      .parse(schema)
    if (properties === undefined) return [path.join('.')]
    return Object.entries(properties).flatMap(([name, inner]) => namesIn(inner, [...path, name]))
  }

  test('has a row for all that the file may say, and for nothing else', () => {
    const schema = z.toJSONSchema(settingsSchema, { io: 'input', unrepresentable: 'any' })
    expect(settingTable.map(({ name }) => name).toSorted()).toEqual(namesIn(schema).toSorted())
  })

  test('says what holds without a setting as it is', () => {
    const standards = settingTable
      .filter(({ kind, standard }) => kind !== 'file' && standard !== undefined)
      .map(({ name, standard = '' }) => [name, standard])
    const said = settingsOf(fileOf(least), { env: {}, flags: Object.fromEntries(standards) })
    expect(said).toEqual(settingsOf(fileOf(least)))
  })

  test('is the one in the README, row by row', () => {
    const readme = readFileSync(
      new URL('../../../signer-bridge/README.md', import.meta.url),
      'utf8',
    )
    const rows = settingTable.map((row) => [
      `\`${row.name}\``,
      row.kind === 'file' ? 'in the file only' : `\`${variableOf(row)}\``,
      row.standard === undefined || row.standard === '' ? '' : `\`${row.standard}\``,
      row.detail === undefined ? row.meaning : `${row.meaning}. ${row.detail}`,
    ])
    expect(tableIn(readme, ['key', 'variable', 'default', 'meaning'])).toEqual(rows)
  })
})
