/**
 * The bridge as `npm ci` leaves it, on a machine without libusb and libudev: in a copy of the tree that
 * has the main installation and none of the native driver's own.
 */

import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'

const root = fileURLToPath(new URL('../../', import.meta.url))
const natives = [
  '@ledgerhq/hw-transport-node-hid',
  '@ledgerhq/hw-transport-node-hid-noevents',
  'node-hid',
  'usb',
]

let directory: string

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'chrono-no-ledger-'))
  for (const part of ['package.json', 'signer-bridge', 'src/protocol']) {
    const filter = (source: string) => basename(source) !== 'node_modules'
    cpSync(join(root, part), join(directory, part), { recursive: true, filter })
  }
  for (const modules of ['node_modules', 'signer-bridge/node_modules']) {
    symlinkSync(join(root, modules), join(directory, modules))
  }
  writeFileSync(join(directory, 'secret'), 's'.repeat(64), { mode: 0o600 })
})
afterAll(() => {
  rmSync(directory, { recursive: true, force: true })
})

/** Writes down, at the end of a process, which libraries are loaded in it. */
const witness = `
import { writeFileSync } from 'node:fs'
process.report.excludeNetwork = true
process.on('exit', () => {
  writeFileSync(process.env.WITNESS, JSON.stringify(process.report.getReport().sharedObjects))
})
`

/** Runs the command line, and tells what it said and which libraries it had loaded at its end. */
function bridge(...args: readonly string[]) {
  const secret = join(directory, 'secret')
  const loaded = join(directory, 'loaded.json')
  const preload = join(directory, 'witness.mjs')
  writeFileSync(preload, witness)
  const node = ['--disable-warning=ExperimentalWarning', '--import', preload, main, ...args]
  const { status, stdout, stderr } = spawnSync(process.execPath, node, {
    cwd: directory,
    encoding: 'utf8',
    env: {
      PATH: process.env['PATH'],
      WITNESS: loaded,
      CHRONO_OPERATOR_SECRET_FILE: secret,
      CHRONO_BRIDGE_SECRET_FILE: secret,
    },
    timeout: 30_000,
  })
  const libraries = z.array(z.string()).parse(JSON.parse(readFileSync(loaded, 'utf8')))
  rmSync(loaded)
  return { status, stdout, stderr, libraries }
}

const main = 'signer-bridge/main.ts'
const ofDevices = /libusb|libudev|\.node$/

const unsettled =
  'No settings say whether a bridge runs here. If one does that uses the Ledger, stop it first.'
const missing =
  'A Ledger over USB needs native modules that are not installed or do not load here: run npm run ledger:install, which says what is missing.'

describe('the main installation', () => {
  test.each(natives)('does not have %s, from wherever it is looked for', (name) => {
    for (const from of [
      '.',
      'signer-bridge',
      'signer-bridge/ledger',
      'signer-bridge/ledger/native',
    ]) {
      const { resolve } = createRequire(join(directory, from, 'package.json'))
      expect(() => resolve(name)).toThrow(expect.objectContaining({ code: 'MODULE_NOT_FOUND' }))
    }
  })

  test('does have the other Ledger packages: the look-up itself works', () => {
    const { resolve } = createRequire(join(directory, 'signer-bridge/package.json'))
    expect(resolve('@ledgerhq/hw-app-eth')).toContain('hw-app-eth')
  })

  test('cannot come to have them: npm ci installs what its lock file names', () => {
    const lock = z
      .object({ packages: z.record(z.string(), z.unknown()) })
      .parse(JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')))
    const installed = Object.keys(lock.packages)
    expect(installed).toContain('node_modules/@ledgerhq/hw-app-eth')
    const found = installed.filter((path) => natives.some((name) => path.endsWith(`/${name}`)))
    expect(found).toEqual([])
    expect(installed.filter((path) => path.includes('ledger/native'))).toEqual([])
  })
})

describe('without a Ledger', () => {
  test('the command line runs, and loads neither libusb nor libudev', () => {
    const { status, stdout, libraries } = bridge('--help')
    expect(status).toBe(0)
    expect(stdout).toContain('Usage: chrono-bridge')
    expect(libraries.some((file) => file.includes('libc.so'))).toBe(true)
    expect(libraries.filter((file) => ofDevices.test(file))).toEqual([])
  })

  test('looking for one on USB says in one sentence what to do, and loads neither', () => {
    const { status, stdout, stderr, libraries } = bridge('accounts', '--ledger')
    expect(status).toBe(1)
    expect(stdout).toBe('')
    expect(stderr).toBe(`${unsettled}\nledger-modules-missing: ${missing}\n`)
    expect(libraries.filter((file) => ofDevices.test(file))).toEqual([])
  })

  test('the doctor finds that a key on USB cannot be opened, and goes on with the rest', () => {
    const file = settingsWith({ path: "44'/60'/0'/0/0" })
    const { status, stdout } = bridge('doctor', '--settings', file)
    expect(status).toBe(1)
    expect(stdout).toContain(missing)
    expect(stdout).toContain('next deadline')
  })

  test('the bridge does not start with a key on USB, and says why', () => {
    const file = settingsWith({ path: "44'/60'/0'/0/0" })
    const { status, stderr } = bridge('run', '--settings', file)
    expect(status).toBe(1)
    expect(stderr).toBe(`ledger-modules-missing: ${missing}\n`)
  })

  test.each(["44'/60'/x/0/0", '44h/60h/0h/0/0', "m/44'/60'/0'/0/0"])(
    'a path spelled %s is refused with the settings',
    (path) => {
      const { status, stderr } = bridge('run', '--settings', settingsWith({ path }))
      expect(status).toBe(1)
      expect(stderr).toMatch(/^settings-invalid: .*Expected a path of the Ethereum app/)
    },
  )
})

function settingsWith(ledger: object): string {
  const file = join(mkdtempSync(join(directory, 'settings-')), 'bridge.json')
  const settings = {
    network: 'local',
    // Nobody listens there: every question is refused at once.
    rpc_urls: ['http://127.0.0.1:9'],
    worker_url: 'http://127.0.0.1:9',
    journal_file: 'journal.sqlite',
    keys: [{ role: 'submit', address: '0x70997970C51812dc3A010C7d01b50e0d17dc79C8', ledger }],
  }
  writeFileSync(file, JSON.stringify(settings))
  return file
}
