/** What is asked of a Ledger while a bridge runs that may be in a review with it: nothing. */

import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { keyFindings } from '../../../signer-bridge/key-findings.ts'
import { keptFromBridge } from '../../../signer-bridge/housekeeping/sender.ts'
import { openJournal } from '../../../signer-bridge/journal/journal.ts'
import { ledgerAccountsText } from '../../../signer-bridge/ledger/accounts-command.ts'
import { SettingsError } from '../../../signer-bridge/settings-error.ts'
import { type Settings, settingsOf } from '../../../signer-bridge/settings.ts'
import { journalStatus } from '../../../signer-bridge/status.ts'
import { houseAccount } from '../../support/housekeeping.ts'

const directory = mkdtempSync(join(tmpdir(), 'chrono-beside-'))
afterAll(() => rmSync(directory, { recursive: true }))

/** A device that counts who asks, and answers nobody. */
let asked = 0
const device = createServer((_, response) => {
  asked += 1
  response.writeHead(500).end()
})
let url = ''
beforeAll(async () => {
  device.listen(0, '127.0.0.1')
  await once(device, 'listening')
  url = `http://127.0.0.1:${(device.address() as AddressInfo).port}`
})
afterAll(() => void device.close())
beforeEach(() => {
  asked = 0
})

const closing: (() => void)[] = []
afterEach(() => {
  for (const close of closing.splice(0)) close()
})

const submit = { role: 'submit', address: houseAccount('submit').address, env: 'KEY' }
const executor = { role: 'executor', address: houseAccount('executor').address, env: 'KEY' }
const identity = () => ({
  role: 'identity',
  address: houseAccount('identity').address,
  ledger: { path: "44'/60'/0'/0/0", url },
})

function settingsWith(name: string, keys: readonly object[]): Settings {
  const file = join(directory, `${name}.json`)
  const given = {
    network: 'local',
    rpc_urls: ['http://127.0.0.1:1'],
    worker_url: 'http://127.0.0.1:2',
    keys,
    journal_file: `${name}.sqlite`,
  }
  writeFileSync(file, JSON.stringify(given))
  return settingsOf(file)
}

/** A bridge with these settings runs, as far as others can see. */
function running({ journalFile, keys, network: { chainId } }: Settings): void {
  const signers = keys.map(({ address }) => address)
  closing.push(openJournal(journalFile, { chainId, signers }).close)
}

describe('doctor', () => {
  // As a variable has it: worth nothing anywhere.
  const env = { KEY: `0x${'11'.repeat(32)}` }
  const deviceOf = async (settings: Settings) =>
    (await keyFindings(settings, env)).find(({ name }) => name === 'device')

  test('asks the device where no bridge runs, and says that it does not answer', async () => {
    expect(await deviceOf(settingsWith('free', [submit, identity()]))).toMatchObject({
      kind: 'bad',
    })
    expect(asked).toBeGreaterThan(0)
  })

  test('leaves it alone beside a running bridge, and says so; that is nothing bad', async () => {
    const settings = settingsWith('busy', [submit, identity()])
    running(settings)
    expect(await deviceOf(settings)).toEqual({
      name: 'device',
      kind: 'note',
      what: 'not asked: a bridge is running that may be in a review with it',
    })
    expect(asked).toBe(0)
  })
})

describe('where nobody can know whether a bridge runs', () => {
  test('doctor asks no device either', async () => {
    const settings = settingsWith('unreadable', [submit, identity()])
    // A user without rights gets the same of SQLite as for a directory in its place.
    mkdirSync(`${settings.journalFile}.lock`)
    const findings = await keyFindings(settings, {})
    expect(findings.find(({ name }) => name === 'device')).toMatchObject({
      kind: 'note',
      what: expect.stringMatching(/^not asked: The journal .* cannot be used/),
    })
    expect(asked).toBe(0)
  })

  test('a journal that cannot be read is told of in a sentence', () => {
    const file = join(directory, 'no-journal')
    mkdirSync(file)
    expect(() => journalStatus(file, 1)).toThrow(
      expect.objectContaining({ code: 'journal-unusable' }),
    )
  })
})

describe('accounts --ledger', () => {
  const accounts = (settings: () => Settings, said: string[] = []) =>
    ledgerAccountsText({ ledgerUrl: url, count: '1' }, { settings, say: (text) => said.push(text) })

  test('is refused beside a running bridge that has a key on a Ledger, and asks nothing', async () => {
    const settings = settingsWith('accounts', [submit, identity()])
    running(settings)
    await expect(accounts(() => settings)).rejects.toMatchObject({
      code: 'ledger-not-ready',
      message: expect.stringMatching(/^A bridge is running .* Stop it meanwhile\.$/),
    })
    expect(asked).toBe(0)
  })

  test('goes on beside one that has none', async () => {
    const settings = settingsWith('hot', [submit])
    running(settings)
    await expect(accounts(() => settings)).rejects.toThrow()
    expect(asked).toBeGreaterThan(0)
  })

  test('says that it cannot know where there are no settings yet', async () => {
    const said: string[] = []
    const none = () => {
      throw new SettingsError('settings-invalid', 'Settings make no sense.')
    }
    await expect(accounts(none, said)).rejects.toThrow()
    expect(said).toEqual([expect.stringMatching(/^No settings say whether a bridge runs here\./)])
    expect(asked).toBeGreaterThan(0)
  })
})

describe('a key of housekeeping on a Ledger', () => {
  test('is refused beside a running bridge, also where it signs for another one that pays', () => {
    const settings = settingsWith('claims', [submit, executor, identity()])
    running(settings)
    const [, payer, owner] = settings.keys
    if (payer === undefined || owner === undefined) throw new Error('There are three keys.')
    for (const used of [[owner], [payer, owner]]) {
      expect(() => keptFromBridge(settings, used)).toThrow(
        expect.objectContaining({
          code: 'house-refused',
          message: expect.stringMatching(/may be in a review with the Ledger.* Stop it meanwhile/),
        }),
      )
    }
    expect(() => keptFromBridge(settings, [payer])()).not.toThrow()
  })

  test('keeps a bridge from being started for as long as it is used', () => {
    const settings = settingsWith('after', [submit, identity()])
    running(settings)
    for (const close of closing.splice(0)) close()
    const release = keptFromBridge(settings, settings.keys.slice(1))
    expect(() => running(settings)).toThrow(expect.objectContaining({ code: 'journal-in-use' }))
    release()
    expect(() => running(settings)).not.toThrow()
  })
})
