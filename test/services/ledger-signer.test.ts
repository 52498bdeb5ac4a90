/** The bridge's Ledger code over HTTP against the emulated device, as it is used with a real one. */

import { hashMessage, keccak256, parseGwei, recoverAddress, serializeTransaction } from 'viem'
import { mnemonicToAccount } from 'viem/accounts'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { startLedgerEmulator, type LedgerEmulator } from '../../local/ledger-emulator.ts'
import { ledgerOptionsOf } from '../../local/ledger/options.ts'
import { publicMnemonic } from '../../local/ledger/seed.ts'
import { firstPaths, ledgerAccounts } from '../../signer-bridge/ledger/accounts.ts'
import { emulatorAt } from '../../signer-bridge/ledger/emulator.ts'
import { openLedgers } from '../../signer-bridge/ledger/open.ts'
import { ledgerKeySchema } from '../../signer-bridge/ledger/settings.ts'
import type { Log } from '../../signer-bridge/log.ts'

const submit = mnemonicToAccount(publicMnemonic, { addressIndex: 1 })
const policy = mnemonicToAccount(publicMnemonic, { addressIndex: 3 })
const messageHash = keccak256('0x64')

const transaction = {
  type: 'eip1559',
  chainId: 114,
  nonce: 3,
  to: '0x2cA6571Daa15ce734Bbd0Bf27D5C9D16787fc33f',
  value: 0n,
  // Long enough for two commands.
  data: `0x9d00c9fd${'ab'.repeat(300)}`,
  gas: 100_000n,
  maxFeePerGas: parseGwei('3000'),
  maxPriorityFeePerGas: parseGwei('100'),
} as const

let emulator: LedgerEmulator
const ends: (() => void)[] = []

beforeEach(async () => {
  const options = ledgerOptionsOf([
    '--port',
    '0',
    '--automation',
    'approve',
    '--blind-signing',
    'on',
  ])
  if (options === 'help') throw new Error('Expected options.')
  emulator = await startLedgerEmulator(options)
})
afterEach(async () => {
  for (const end of ends.splice(0)) end()
  await emulator.stop()
})

async function order(what: object): Promise<void> {
  const response = await fetch(`${emulator.url}/control`, {
    method: 'POST',
    body: JSON.stringify(what),
  })
  expect(response.status).toBe(200)
}

async function bridgeLedger(chainId = 114, address = submit.address) {
  const states: string[] = []
  const texts: string[] = []
  const log: Log = ({ event, state }) => {
    if (event === 'ledger-seen') states.push(String(state))
  }
  const pins = [
    { ledger: keyAt(1), address },
    { ledger: keyAt(3), address: policy.address },
  ] as const
  const ledgers = await openLedgers(pins, {
    chainId,
    log,
    show: (text) => texts.push(text),
    nowMs: () => Date.now(),
    steadyMs: () => performance.now(),
    sleep: (ms) => new Promise((wake) => setTimeout(wake, Math.min(ms, 50))),
  })
  ends.push(ledgers.end)
  const [session] = ledgers.sessions
  if (session === undefined) throw new Error('Expected a session.')
  return {
    ledgers,
    session,
    states,
    texts,
    submit: ledgers.signerOf(pins[0]),
    policy: ledgers.signerOf(pins[1]),
  }
}

function keyAt(index: number) {
  return ledgerKeySchema.parse({ path: `44'/60'/0'/0/${index}`, url: emulator.url })
}

describe('a signature', () => {
  test('of a transaction is the one that the key itself would make', async () => {
    const { submit: signer } = await bridgeLedger()
    expect(await signer.signTransaction(transaction)).toBe(
      await submit.signTransaction(transaction),
    )
  })

  test('of a message of 32 bytes, too, from another key of the same device', async () => {
    const { policy: signer, ledgers } = await bridgeLedger()
    const signature = await signer.signMessage({ message: { raw: messageHash } })
    expect(signature).toBe(await policy.signMessage({ message: { raw: messageHash } }))
    const hash = hashMessage({ raw: messageHash })
    expect(await recoverAddress({ hash, signature })).toBe(policy.address)
    expect(ledgers.sessions).toHaveLength(1)
  })

  test('both at once are reviewed one after the other', async () => {
    const { submit: one, policy: other } = await bridgeLedger()
    await order({ automation: 'slow:100' })
    const both = await Promise.all([
      one.signTransaction(transaction),
      other.signMessage({ message: { raw: messageHash } }),
    ])
    expect(both).toEqual([
      await submit.signTransaction(transaction),
      await policy.signMessage({ message: { raw: messageHash } }),
    ])
  })

  test('shows a person what the device shows', async () => {
    await order({ automation: 'none' })
    const { submit: signer, texts } = await bridgeLedger()
    const untilMs = Date.now() + 30_000
    const signed = signer.reviewing({ what: 'the reveal', untilMs }).signTransaction(transaction)
    await expect.poll(() => texts).toHaveLength(1)
    expect(texts[0]).toMatch(
      /^On the Ledger now: the reveal\. Accept it by \d\d:\d\d:\d\d, in \d+ s/,
    )
    const seen = await screensUntilAccepted()
    for (const word of [
      '0.3 ???',
      submit.address,
      transaction.to,
      keccak256(serializeTransaction(transaction)),
    ]) {
      expect(texts[0]).toContain(word)
      expect(seen).toContain(word)
    }
    expect(await signed).toBe(await submit.signTransaction(transaction))
  })

  test.each([
    ['a legacy transaction', { type: 'legacy', chainId: 114, gasPrice: 1n }],
    ['a blob', { type: 'eip4844', chainId: 114, blobVersionedHashes: [], maxFeePerBlobGas: 1n }],
  ] as const)('of %s is not even asked for', async (_, odd) => {
    const { submit: signer, states } = await bridgeLedger()
    await expect(signer.signTransaction({ ...odd, to: transaction.to })).rejects.toMatchObject({
      code: 'ledger-unsuitable',
    })
    expect(states).toEqual([])
  })

  test.each([['text'], [{ raw: '0x64' }], [{ raw: new Uint8Array(31) }]] as const)(
    'of the message %o is not even asked for',
    async (message) => {
      const { policy: signer } = await bridgeLedger()
      await expect(signer.signMessage({ message })).rejects.toMatchObject({
        code: 'ledger-unsuitable',
      })
    },
  )
})

describe('a bad day', () => {
  test('a refusal is final', async () => {
    const { submit: signer } = await bridgeLedger()
    await order({ refuse_next: 1 })
    await expect(signer.signTransaction(transaction)).rejects.toMatchObject({
      code: 'signing-denied',
    })
  })

  test.each([
    ['locked', { locked: true }, 'locked', { locked: false }],
    ['locked, as older firmware says it', { locked: '6b0c' }, 'locked', { locked: false }],
    ['at the dashboard', { app: 'none' }, 'app-wrong', { app: 'ethereum' }],
    ['in another app', { app: 'other' }, 'app-wrong', { app: 'ethereum' }],
    [
      'without blind signing',
      { blind_signing: false },
      'blind-signing-off',
      { blind_signing: true },
    ],
  ])('a device that is %s is waited for', async (_, bad, state, good) => {
    const { submit: signer, session } = await bridgeLedger()
    await order(bad)
    const signed = signer.signTransaction(transaction)
    await expect.poll(() => session.state().kind).toBe(state)
    await order(good)
    expect(await signed).toBe(await submit.signTransaction(transaction))
  })

  test.each([
    [
      'locks itself in the middle',
      { automation: 'lock' },
      { locked: false, automation: 'approve' },
    ],
    ['is unplugged in the middle', { automation: 'vanish' }, { automation: 'approve' }],
    [
      'is restarted in the middle',
      { automation: 'none' },
      { restart: true, automation: 'approve' },
    ],
    ['loses its answer on the way', { lose_next: 6 }, {}],
  ])('a device that %s is asked again for the same', async (_, bad, good) => {
    const { submit: signer, session } = await bridgeLedger()
    await session.look()
    await order(bad)
    const signed = signer.signTransaction(transaction)
    await expect.poll(() => session.state().kind).not.toBe('ready')
    await order(good)
    expect(await signed).toBe(await submit.signTransaction(transaction))
  })

  test('another seed is seen before anything is signed', async () => {
    const { submit: signer, session } = await bridgeLedger(114, policy.address)
    const review = { what: 'a call', untilMs: Date.now() + 600 }
    await expect(signer.reviewing(review).signTransaction(transaction)).rejects.toMatchObject({
      code: 'ledger-not-ready',
      message: expect.stringContaining(submit.address),
    })
    expect(session.state()).toMatchObject({ kind: 'address-differs', found: submit.address })
  })

  test('a person who does not answer leaves a review behind, which the same may take up', async () => {
    const { submit: signer, session } = await bridgeLedger()
    await order({ automation: 'none' })
    const soon = () => signer.reviewing({ what: 'a call', untilMs: Date.now() + 300 })
    await expect(soon().signTransaction(transaction)).rejects.toMatchObject({
      code: 'signing-unknown',
    })
    expect(await session.look()).toMatchObject({ kind: 'stale-review' })
    await expect(soon().signTransaction({ ...transaction, nonce: 4 })).rejects.toMatchObject({
      code: 'ledger-not-ready',
    })
    const again = signer.signTransaction(transaction)
    await screensUntilAccepted()
    expect(await again).toBe(await submit.signTransaction(transaction))
  })

  test('an emulator is refused on a mainnet', async () => {
    await expect(bridgeLedger(14)).rejects.toMatchObject({ code: 'ledger-unsuitable' })
    await expect(bridgeLedger(19)).rejects.toMatchObject({ code: 'ledger-unsuitable' })
  })
})

describe('accounts', () => {
  const screenCleared = () => Promise.reject(new Error('An emulator need not be cleared.'))

  test('are read by path, blind signing or not', async () => {
    await order({ blind_signing: false })
    const paths = firstPaths(4)
    const accounts = await ledgerAccounts(emulatorAt(emulator.url), {
      paths,
      isShown: false,
      screenCleared,
    })
    expect(accounts[1]).toEqual({ path: "44'/60'/0'/0/1", address: submit.address })
    expect(accounts[3]?.address).toBe(policy.address)
  })

  test('are compared on the screen if that is asked for, and may be refused there', async () => {
    const device = emulatorAt(emulator.url)
    const asked = { paths: firstPaths(1), isShown: true, screenCleared }
    expect(await ledgerAccounts(device, asked)).toHaveLength(1)
    await order({ refuse_next: 1 })
    await expect(ledgerAccounts(device, asked)).rejects.toMatchObject({ code: 'ledger-refused' })
  })

  test('a device that is locked or away says what to do', async () => {
    const asked = { paths: firstPaths(1), isShown: false, screenCleared }
    await order({ locked: true })
    await expect(ledgerAccounts(emulatorAt(emulator.url), asked)).rejects.toMatchObject({
      code: 'ledger-not-ready',
      message: expect.stringContaining('PIN'),
    })
    const { url } = emulator
    await emulator.stop()
    await expect(ledgerAccounts(emulatorAt(url), asked)).rejects.toMatchObject({
      code: 'ledger-not-ready',
    })
  })

  test.each(['https://127.0.0.1:1', 'http://user@127.0.0.1:1', 'http://127.0.0.1:1/apdu', 'x'])(
    'the address %s is none',
    (url) => {
      expect(() => emulatorAt(url)).toThrow(expect.objectContaining({ code: 'ledger-unsuitable' }))
    },
  )
})

/** Presses through a Nano's screens and accepts; tells what was read below their labels. */
async function screensUntilAccepted(): Promise<string> {
  let seen = ''
  for (let step = 0; step < maxScreens; step += 1) {
    const [label = '', ...values] = await screen()
    seen += values.join('')
    const isLast = /^(Accept|Sign)/.test(label) && values.length === 0
    const isRisk = values.some((value) => value.includes('accept risk'))
    await press(isLast || isRisk ? 'both' : 'right')
    if (isLast) return seen
  }
  throw new Error(`Nothing could be accepted in: ${seen}`)
}

const maxScreens = 30
const eventsSchema = z.object({ events: z.array(z.object({ text: z.string() })) })

async function screen(): Promise<readonly string[]> {
  const response = await fetch(`${emulator.url}/events?currentscreenonly=true`)
  return eventsSchema.parse(await response.json()).events.map(({ text }) => text)
}

async function press(button: 'both' | 'right'): Promise<void> {
  const body = JSON.stringify({ action: 'press-and-release' })
  await fetch(`${emulator.url}/button/${button}`, { method: 'POST', body })
}
