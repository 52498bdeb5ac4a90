/**
 * The emulated Ledger's reviews over HTTP: what is on the screens and how many presses they take,
 * what commands do that arrive during a review, and the bad days that can be ordered.
 */

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { concat, keccak256, serializeTransaction, type TransactionSerializable } from 'viem'
import { afterEach, describe, expect, test } from 'vitest'
import { z } from 'zod'
import {
  account,
  accountPath,
  chunked,
  command,
  Ledger,
  messageCommand,
  mnemonic,
  signatureAnswer,
  signCommand,
  transactionAnswer,
} from '../support/ledger.ts'

const ledgers: Ledger[] = []

afterEach(async () => {
  await Promise.all(ledgers.splice(0).map(({ emulator }) => emulator.stop()))
})

async function ledgerWith(...args: readonly string[]): Promise<Ledger> {
  const ledger = await Ledger.start('--blind-signing', 'on', ...args)
  ledgers.push(ledger)
  return ledger
}

const to = '0x2cA6571Daa15ce734Bbd0Bf27D5C9D16787fc33f'
const call = {
  type: 'eip1559',
  chainId: 14,
  nonce: 7,
  maxPriorityFeePerGas: 1_000_000_000n,
  maxFeePerGas: 50_000_000_000n,
  gas: 2_500_000n,
  to,
  data: '0x6c532fae',
} as const satisfies TransactionSerializable
const other = { ...call, nonce: 8 }
const message = `0x${'ab'.repeat(32)}` as const
const config = command(0x06, 0, 0)
const key = command(0x02, 0, 0, accountPath())
const typedData = command(0x0c, 0, 0, accountPath(), message, message)

/** How a command ends that may never be answered. */
async function endOf(sent: Promise<string>): Promise<string> {
  return sent.catch(() => 'cut')
}

/** Long enough for an answer that comes, in a test of one that does not. */
const waitMs = 300

async function answeredIn(sent: Promise<string>): Promise<string | undefined> {
  const late = new Promise<undefined>((resolve) => setTimeout(() => resolve(undefined), waitMs))
  return Promise.race([endOf(sent), late])
}

describe('presses of a Nano', () => {
  test('calldata takes nine: risk, seven to the right, acceptance', async () => {
    const ledger = await ledgerWith()
    const sent = ledger.send(signCommand(call))
    await ledger.reviewing()
    await ledger.press('both')
    await ledger.press('right', 7)
    expect((await ledger.state()).screen).toEqual(['Accept risk and sign transaction'])
    await ledger.press('both')
    expect(await sent).toBe(await transactionAnswer(call))

    const hash = keccak256(serializeTransaction(call))
    expect(await ledger.texts()).toEqual([
      'Blind signing ahead',
      'To accept risk, press both buttons',
      'Review transaction',
      'From',
      account.address,
      'To',
      to,
      'Max fees',
      '0.125 FLR',
      'Network',
      'Flare',
      'Tx hash (1/2)',
      hash.slice(0, 48),
      'Tx hash (2/2)',
      hash.slice(48),
      'Accept risk and sign transaction',
      'Transaction signed',
    ])
  })

  test('a personal message of 32 bytes takes four', async () => {
    const ledger = await ledgerWith('--model', 'nanox')
    const sent = ledger.send(messageCommand(message))
    await ledger.reviewing()
    await ledger.press('right', 3)
    await ledger.press('both')
    const signature = await account.signMessage({ message: { raw: message } })
    expect(await sent).toBe(signatureAnswer(signature))
    expect(await ledger.texts()).toContain(message.slice(0, 48))
  })

  test('hashed typed data takes seven', async () => {
    const ledger = await ledgerWith()
    const sent = ledger.send(typedData)
    await ledger.reviewing()
    await ledger.press('both')
    await ledger.press('right', 5)
    await ledger.press('both')
    expect(await sent).toMatch(/9000$/)
  })

  test('a blind transaction is refused with two, at once', async () => {
    const ledger = await ledgerWith()
    const sent = ledger.send(signCommand(call))
    await ledger.reviewing()
    await ledger.press('right')
    await ledger.press('both')
    expect(await sent).toBe('6985')
    expect((await ledger.state()).screen).toEqual(['Transaction rejected'])
  })

  test('left goes back, and neither end goes further', async () => {
    const ledger = await ledgerWith()
    const sent = endOf(ledger.send(signCommand(call)))
    await ledger.reviewing()
    await ledger.press('left')
    await ledger.press('both')
    await ledger.press('right', 20)
    expect((await ledger.state()).screen).toEqual(['Reject transaction'])
    await ledger.press('left')
    expect((await ledger.state()).screen).toEqual(['Accept risk and sign transaction'])
    await ledger.press('right')
    await ledger.press('both')
    expect(await sent).toBe('6985')
  })

  test('nonce and hash are shown if the settings say so', async () => {
    const args = ['--automation', 'approve', '--show-nonce', 'on', '--show-hash', 'on']
    const ledger = await ledgerWith(...args)
    await ledger.send(signCommand({ ...call, data: '0x', value: 3n * 10n ** 18n, chainId: 19 }))
    const texts = await ledger.texts()
    expect(texts).toEqual(
      expect.arrayContaining(['Nonce', '7', 'Amount', '3 SGB', 'Songbird', 'Tx hash (1/2)']),
    )
    expect(texts).toContain('Sign transaction')
    expect(texts).not.toContain('Blind signing ahead')
  })

  test.each([
    [14, 'Flare', '0.125 FLR'],
    [19, 'Songbird', '0.125 SGB'],
    [16, 'Flare Coston', '0.125 FLR'],
    [114, '114', '0.125 ???'],
    [31_337, '31337', '0.125 ???'],
  ])('chain %i is shown as %s, its fees as %s', async (chainId, network, fees) => {
    const ledger = await ledgerWith('--automation', 'approve')
    await ledger.send(signCommand({ ...call, chainId }))
    const texts = await ledger.texts()
    expect(texts[texts.indexOf('Network') + 1]).toBe(network)
    expect(texts[texts.indexOf('Max fees') + 1]).toBe(fees)
  })
})

describe('touches of a Flex', () => {
  async function touch(ledger: Ledger, y: number, delay?: number, x = 300): Promise<void> {
    await ledger.post('/finger', {
      action: 'press-and-release',
      x,
      y,
      ...(delay !== undefined && { delay }),
    })
  }

  test('calldata takes five, the last one long', async () => {
    const ledger = await ledgerWith('--model', 'flex')
    const sent = ledger.send(signCommand(call))
    await ledger.reviewing()
    for (const y of [560, 560, 560, 560]) await touch(ledger, y)
    expect((await ledger.state()).screen).toContain('Hold to sign')
    await touch(ledger, 470)
    expect((await ledger.state()).reviewing).toBe('transaction')
    await touch(ledger, 470, 1.5)
    expect(await sent).toBe(await transactionAnswer(call))
    expect(await ledger.texts()).toContain('Transaction hash')
  })

  test('a personal message takes three', async () => {
    const ledger = await ledgerWith('--model', 'flex')
    const sent = ledger.send(messageCommand(message))
    await ledger.reviewing()
    await touch(ledger, 560)
    await touch(ledger, 560)
    await touch(ledger, 470, 2)
    expect(await sent).toMatch(/9000$/)
  })

  test('a blind transaction is refused with one, and later with two', async () => {
    const ledger = await ledgerWith('--model', 'flex')
    const atOnce = ledger.send(signCommand(call))
    await ledger.reviewing()
    await touch(ledger, 470)
    expect(await atOnce).toBe('6985')

    const later = ledger.send(signCommand(other))
    await ledger.reviewing()
    await touch(ledger, 560)
    await touch(ledger, 560, 0.1, 50)
    await touch(ledger, 470)
    expect(await later).toBe('6985')
  })
})

describe('commands during a review', () => {
  test.each([
    ['GET_APP_CONFIG', config],
    ['the question which app it is', 'b0010000'],
  ])('%s is answered at once, and the signature is never sent', async (_, read) => {
    const ledger = await ledgerWith()
    const sent = endOf(ledger.send(signCommand(call)))
    await ledger.reviewing()
    expect(await ledger.send(read)).toMatch(/9000$/)

    await ledger.order({ automation: 'approve' })
    expect(await answeredIn(sent)).toBeUndefined()
    const { screen, tally } = await ledger.state()
    expect(screen).toEqual(['Transaction signed'])
    expect(tally).toMatchObject({ approved: 1, unsent: 1 })
    expect(await ledger.send(signCommand(other))).toBe(await transactionAnswer(other))
  })

  test('GET_PUBLIC_KEY is answered, and approval crashes the app until it is opened again', async () => {
    const ledger = await ledgerWith()
    const sent = endOf(ledger.send(signCommand(call)))
    await ledger.reviewing()
    expect(await ledger.send(key)).toMatch(/9000$/)

    await ledger.press('both')
    await ledger.press('right', 7)
    await expect(ledger.press('both')).rejects.toThrow('fetch failed')
    expect(await sent).toBe('cut')
    expect(await endOf(ledger.send(config))).toBe('cut')
    expect(await ledger.state()).toMatchObject({ app: 'crashed', tally: { crashes: 1 } })

    await ledger.order({ app: 'ethereum' })
    expect(await ledger.send(config)).toBe('030116009000')
  })

  test('a new transaction supersedes: one signature, the old request is never answered', async () => {
    const ledger = await ledgerWith()
    const old = endOf(ledger.send(signCommand(call)))
    await ledger.reviewing()
    const sent = ledger.send(signCommand(other))
    await expect.poll(async () => (await ledger.state()).tally.superseded).toBe(1)
    await ledger.order({ automation: 'approve' })

    expect(await sent).toBe(await transactionAnswer(other))
    expect(await answeredIn(old)).toBeUndefined()
    const texts = (await ledger.texts()).join('')
    expect(texts).toContain(keccak256(serializeTransaction(other)).slice(0, 48))
    expect((await ledger.state()).tally).toMatchObject({ approved: 1, unsent: 0 })
  })

  test('one of several chunks supersedes, too', async () => {
    const long = { ...other, data: `0x${'cd'.repeat(300)}` } as const
    const payload = concat([accountPath(), serializeTransaction(long)])
    const [first = '', second = ''] = chunked(0x04, payload, [255, 255])
    const ledger = await ledgerWith()
    const old = endOf(ledger.send(signCommand(call)))
    await ledger.reviewing()
    expect(await ledger.send(first)).toBe('9000')
    expect((await ledger.state()).reviewing).toBeNull()
    await ledger.order({ automation: 'approve' })
    expect(await ledger.send(second)).toBe(await transactionAnswer(long))
    expect(await answeredIn(old)).toBeUndefined()
  })

  test('a message that begins is refused and takes the review off the screen', async () => {
    const ledger = await ledgerWith()
    const sent = endOf(ledger.send(signCommand(call)))
    await ledger.reviewing()
    expect(await ledger.send(messageCommand(message))).toBe('6980')
    expect((await ledger.state()).reviewing).toBeNull()
    expect(await answeredIn(sent)).toBeUndefined()
  })

  test.each([
    ['typed data is refused', typedData, '6980'],
    ['a continuation is refused', command(0x04, 0x80, 0, '0x00'), '6a84'],
    ['a command that the app does not know is refused', 'e0ff000000', '6d00'],
  ])('%s, and refusing the hollow review harms nothing', async (_, apdu, answer) => {
    const ledger = await ledgerWith()
    const sent = endOf(ledger.send(signCommand(call)))
    await ledger.reviewing()
    expect(await ledger.send(apdu)).toBe(answer)
    await ledger.press('right')
    await ledger.press('both')
    expect(await answeredIn(sent)).toBeUndefined()
    expect(await ledger.send(config)).toBe('030116009000')
  })
})

describe('orders', () => {
  test('locked during a review: commands say so, presses do nothing, and it goes on after', async () => {
    const ledger = await ledgerWith()
    const sent = ledger.send(messageCommand(message))
    await ledger.reviewing()
    await ledger.order({ locked: true })
    await ledger.press('right', 5)
    expect((await ledger.state()).screen).toEqual(['Review message'])
    await ledger.order({ locked: false, automation: 'approve' })
    expect(await sent).toMatch(/9000$/)
  })

  test('vanishing cuts what waits, and everything until the plug is back', async () => {
    const ledger = await ledgerWith()
    const sent = endOf(ledger.send(signCommand(call)))
    await ledger.reviewing()
    await ledger.order({ vanish_ms: 400 })
    expect(await sent).toBe('cut')
    expect(await endOf(ledger.send(config))).toBe('cut')
    await expect.poll(async () => endOf(ledger.send(config)), { timeout: 5_000 }).toMatch(/9000$/)
    expect((await ledger.state()).reviewing).toBeNull()
  })

  test.each(['lock', 'vanish'])(
    'the automation %s ends a review without a decision',
    async (kind) => {
      const ledger = await ledgerWith('--automation', kind)
      const sent = endOf(ledger.send(signCommand(call)))
      await expect
        .poll(async () => endOf(ledger.send(config)))
        .toBe(kind === 'lock' ? '5515' : 'cut')
      expect(await answeredIn(sent)).toBe(kind === 'lock' ? undefined : 'cut')
      expect((await ledger.state()).tally).toMatchObject({ approved: 0, refused: 0 })
    },
  )

  test('a slow person approves after the time that was said, not before', async () => {
    const ledger = await ledgerWith('--automation', 'slow:300')
    const startedAtMs = performance.now()
    await ledger.send(messageCommand(message))
    expect(performance.now() - startedAtMs).toBeGreaterThan(290)
  })

  test('so many are refused next, and then the automation decides', async () => {
    const ledger = await ledgerWith('--automation', 'approve')
    await ledger.order({ refuse_next: 1 })
    const [refused, approved] = await ledger.sendAll([signCommand(call), signCommand(call)])
    expect(refused).toBe('6985')
    expect(approved).toBe(await transactionAnswer(call))
  })

  test('an answer that is lost was given all the same', async () => {
    const ledger = await ledgerWith('--automation', 'approve')
    await ledger.order({ lose_next: 1 })
    expect(await endOf(ledger.send(signCommand(call)))).toBe('cut')
    expect((await ledger.state()).tally.approved).toBe(1)
    expect(await ledger.send(signCommand(call))).toBe(await transactionAnswer(call))
  })

  test.each([{ restart: true }, { app: 'none' }])('%o cuts what waits', async (order) => {
    const ledger = await ledgerWith()
    const sent = endOf(ledger.send(signCommand(call)))
    await ledger.reviewing()
    await ledger.order(order)
    expect(await sent).toBe('cut')
    expect((await ledger.state()).reviewing).toBeNull()
  })
})

describe('HTTP', () => {
  test.each([
    ['an APDU that is not hexadecimal', '/apdu', '{"data":"zz"}', 400],
    ['an APDU of half a byte', '/apdu', '{"data":"e00"}', 400],
    ['an APDU that is missing', '/apdu', '{}', 400],
    ['a body that is no JSON', '/apdu', '{', 400],
    ['a body that is too long', '/apdu', `{"data":"${'00'.repeat(20_000)}"}`, 400],
    ['a button without an action', '/button/both', '{}', 400],
    ['a button that is not there', '/button/up', '{"action":"press"}', 404],
    ['a touch without a place', '/finger', '{"action":"press"}', 400],
    ['an order that nobody understands', '/control', '{"explode":true}', 400],
    ['a status word that is none', '/control', '{"answer_next":["90"]}', 400],
  ])('%s is refused with a sentence', async (_, path, body, status) => {
    const ledger = await ledgerWith()
    const response = await fetch(`${ledger.emulator.url}${path}`, { method: 'POST', body })
    expect(response.status).toBe(status)
    expect(await response.json()).toEqual({ error: expect.stringMatching(/\w+/) })
    expect(await ledger.send(config)).toBe('030116009000')
  })

  test('the record of the screen is told, cleared, and told of the screen alone', async () => {
    const ledger = await ledgerWith('--automation', 'approve')
    await ledger.send(messageCommand(message))
    expect(await ledger.texts()).toContain('Message signed')
    await ledger.ask('/events', { method: 'DELETE' })
    expect(await ledger.texts()).toEqual([])
    expect(await ledger.ask('/events?currentscreenonly=true')).toMatchObject({
      events: [{ text: 'Message signed' }],
    })
  })
})

describe('as a program', () => {
  const program = join(import.meta.dirname, '..', '..', 'local', 'ledger-emulator.ts')
  const lineSchema = z.object({
    event: z.literal('ledger-started'),
    port: z.int(),
    warning: z.string(),
  })

  test('its first line warns and says where it is, never by which words', async () => {
    const args = ['--mnemonic', mnemonic, '--port', '0', '--model', 'nanosp']
    const more = ['--automation', 'approve', '--blind-signing', 'on']
    const child = spawn(process.execPath, [program, ...args, ...more])
    try {
      const [line] = await once(createInterface({ input: child.stdout }), 'line')
      const { port, warning } = lineSchema.parse(JSON.parse(String(line)))
      expect(warning).toContain('development')
      expect(String(line)).not.toContain('junk')
      const ledger = new Ledger({
        url: `http://127.0.0.1:${port}`,
        port,
        stop: async () => undefined,
      })
      expect(await ledger.send(signCommand(call))).toBe(await transactionAnswer(call))
    } finally {
      child.kill('SIGTERM')
      await once(child, 'exit')
    }
  })

  test('it refuses to start for a mainnet, in one sentence', async () => {
    const child = spawn(process.execPath, [program, '--port', '0', '--chain-id', '14'])
    const said: string[] = []
    child.stderr.on('data', (part) => said.push(String(part)))
    const [code] = await once(child, 'exit')
    expect(code).toBe(1)
    expect(said.join('')).toContain('Chain 14 is a mainnet')
  })
})
