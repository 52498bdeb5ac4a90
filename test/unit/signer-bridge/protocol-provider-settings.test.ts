import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { optionalSecretOf } from '../../../signer-bridge/secrets.ts'
import { settingsOf } from '../../../signer-bridge/settings.ts'

const directory = mkdtempSync(join(tmpdir(), 'chrono-provider-settings-'))
afterAll(() => rmSync(directory, { recursive: true }))

/** The settings of somebody whose keys are all elsewhere. */
function settingsWith(differing: object = {}) {
  const file = join(directory, 'settings.json')
  const settings = {
    network: 'flare',
    rpc_urls: ['https://rpc.example'],
    worker_url: 'https://oracle.example',
    submit_address: '0xc4a19715f3dd209f01e84abe65de7c2e9c8b6269',
    journal_file: 'journal.sqlite',
    ...differing,
  }
  writeFileSync(file, JSON.stringify(settings))
  return settingsOf(file)
}

describe('settings', () => {
  test('no key is asked for, and the port is where flare-system-client looks for it', () => {
    expect(settingsWith().protocolProvider).toEqual({
      host: '127.0.0.1',
      port: 3_100,
      basePath: '',
      withFinalizationData: false,
    })
  })

  test('all of it can be set', () => {
    const protocol_provider = {
      host: '0.0.0.0',
      port: 8_080,
      base_path: '/ftso/v1',
      finalization_data: true,
    }
    expect(settingsWith({ protocol_provider }).protocolProvider).toEqual({
      host: '0.0.0.0',
      port: 8_080,
      basePath: '/ftso/v1',
      withFinalizationData: true,
    })
  })

  test.each([
    { host: 'somewhere.example' },
    { port: 65_536 },
    { base_path: 'ftso' },
    { base_path: '/ftso/' },
    { base_path: '/:any' },
    { finalization_data: 'yes' },
    { api_key: 'never in a file that others read' },
  ])('%o makes no sense', (protocol_provider) => {
    expect(() => settingsWith({ protocol_provider })).toThrow(/protocol_provider/)
  })
})

describe('the key of the API', () => {
  const file = join(directory, 'key')
  const named = { CHRONO_PROTOCOL_API_KEY_FILE: file }

  test('need not be there, also where systemd hands over other secrets', () => {
    const others = join(directory, 'credentials')
    mkdirSync(others)
    expect(optionalSecretOf('protocolApiKey', {})).toBeUndefined()
    expect(optionalSecretOf('protocolApiKey', { CREDENTIALS_DIRECTORY: others })).toBeUndefined()

    writeFileSync(join(others, 'protocol-api-key'), 'a key from systemd\n', { mode: 0o600 })
    expect(optionalSecretOf('protocolApiKey', { CREDENTIALS_DIRECTORY: others })).toBe(
      'a key from systemd',
    )
  })

  test('that is named and not there, or too short to be one, stops the start', () => {
    expect(() => optionalSecretOf('protocolApiKey', named)).toThrow(/cannot be read/)
    writeFileSync(file, 'short', { mode: 0o600 })
    expect(() => optionalSecretOf('protocolApiKey', named)).toThrow(/fewer than 16/)
  })
})
