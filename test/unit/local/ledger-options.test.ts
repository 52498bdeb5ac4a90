/** What the emulated Ledger can be told on its command line, and where it refuses to start. */

import { expect, test } from 'vitest'
import { automationSchema } from '../../../local/ledger/automation.ts'
import { ledgerOptionsOf, usage } from '../../../local/ledger/options.ts'
import { publicMnemonic } from '../../../local/ledger/seed.ts'

test('without options it is a new Nano S+ with the public mnemonic and nobody at it', () => {
  expect(ledgerOptionsOf([])).toEqual({
    mnemonic: publicMnemonic,
    port: 5_001,
    model: 'nanosp',
    automation: { kind: 'none', afterMs: 0 },
    settings: { isBlindSigningOn: false, isNonceShown: false, isHashShown: false },
  })
})

test('every option arrives', () => {
  const args = ['--mnemonic', 'a b', '--port', '0', '--model', 'flex', '--automation', 'slow:250']
  const switches = ['--blind-signing', 'on', '--show-nonce', 'on', '--show-hash', 'on']
  expect(ledgerOptionsOf([...args, ...switches])).toEqual({
    mnemonic: 'a b',
    port: 0,
    model: 'flex',
    automation: { kind: 'approve', afterMs: 250 },
    settings: { isBlindSigningOn: true, isNonceShown: true, isHashShown: true },
  })
})

test.each(['14', '19'])('it is not started for chain %s unless told', (chainId) => {
  expect(() => ledgerOptionsOf(['--chain-id', chainId])).toThrow(/mainnet.*--allow-mainnet/s)
  expect(ledgerOptionsOf(['--chain-id', chainId, '--allow-mainnet'])).toMatchObject({ port: 5_001 })
})

test.each(['16', '114', '31337'])('it is started for chain %s', (chainId) => {
  expect(ledgerOptionsOf(['--chain-id', chainId])).toMatchObject({ port: 5_001 })
})

test.each([
  ['--port', '65536'],
  ['--port', 'x'],
  ['--model', 'nanos'],
  ['--automation', 'maybe'],
  ['--blind-signing', 'true'],
  ['--chain-id', '0'],
])('%s %s makes no sense', (option, value) => {
  expect(() => ledgerOptionsOf([option, value])).toThrow(new RegExp(`${option}:`))
})

test('help tells of every option', () => {
  expect(ledgerOptionsOf(['--help'])).toBe('help')
  for (const option of ['mnemonic', 'port', 'model', 'automation', 'chain-id', 'allow-mainnet']) {
    expect(usage).toContain(`--${option}`)
  }
})

test.each([
  ['approve', 'approve', 0],
  ['refuse:20', 'refuse', 20],
  ['lock', 'lock', 0],
  ['vanish:5', 'vanish', 5],
  ['slow:999999', 'approve', 600_000],
])('the automation "%s" is %s after %i ms', (text, kind, afterMs) => {
  expect(automationSchema.parse(text)).toEqual({ kind, afterMs })
})
