import { createRequire } from 'node:module'
import { concatHex, type Hex, keccak256, parseSignature, serializeTransaction, size } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { describe, expect, test, vi } from 'vitest'
import { type EthereumApp, ethereumAppOn } from '../../../signer-bridge/ledger/ethereum-app.ts'

const { RecordStore, openTransportReplayer } = createRequire(
  new URL('../../../signer-bridge/package.json', import.meta.url),
)('@ledgerhq/hw-transport-mocker')

const account = privateKeyToAccount(keccak256('0x01'))
const path = "44'/60'/0'/0/1"

// prettier-ignore
const pathBytes =
  '05' +       // five levels
  '8000002c' + // 44'
  '8000003c' + // 60'
  '80000000' + // 0'
  '00000000' + // 0
  '00000001' // 1

/** Runs against a device that knows exactly these commands, in this order. */
async function over<T>(
  exchanges: readonly (readonly [command: string, answer: string])[],
  act: (app: EthereumApp) => Promise<T>,
): Promise<T> {
  const lines = exchanges.flatMap(([command, answer]) => [`=> ${command}`, `<= ${answer}`])
  const store = RecordStore.fromString(lines.join('\n'))
  const result = await act(ethereumAppOn(await openTransportReplayer(store)))
  store.ensureQueueEmpty()
  return result
}

type Act = (app: EthereumApp) => Promise<unknown>

const transaction = {
  type: 'eip1559',
  chainId: 14,
  nonce: 7,
  to: '0x2cA6571Daa15ce734Bbd0Bf27D5C9D16787fc33f',
  value: 0n,
  gas: 100_000n,
  maxFeePerGas: 25_000_000_000n,
  maxPriorityFeePerGas: 1_000_000_000n,
} as const

async function answerFor(data: Hex) {
  const signed = await account.sign({
    hash: keccak256(serializeTransaction({ ...transaction, data })),
  })
  const { r, s, yParity } = parseSignature(signed)
  return { r, s, yParity, bytes: `0${yParity}${r.slice(2)}${s.slice(2)}9000` }
}

describe('what goes over the wire', () => {
  test('asks the operating system which app is open', async () => {
    // prettier-ignore
    const answer =
      '01' +                 // format
      '08457468657265756d' + // "Ethereum"
      '06312e32322e30' +     // "1.22.0"
      '0100' +               // flags
      '9000'
    expect(await over([['b001000000', answer]], (app) => app.running())).toEqual({
      name: 'Ethereum',
      version: '1.22.0',
    })
  })

  test.each([
    ['02011600', false],
    ['03011600', true],
  ])('reads blind signing from the flags of %s', async (flags, isBlindSigningOn) => {
    expect(await over([['e006000000', `${flags}9000`]], (app) => app.configuration())).toEqual({
      isBlindSigningOn,
      version: '1.22.0',
    })
  })

  test('asks for an address, on the screen or not', async () => {
    const ascii = Buffer.from(account.address.slice(2)).toString('hex')
    const answer = `41${account.publicKey.slice(2)}28${ascii}9000`
    for (const [p1, isShown] of [
      ['00', false],
      ['01', true],
    ] as const) {
      const command = `e002${p1}0015${pathBytes}`
      expect(await over([[command, answer]], (app) => app.address(path, isShown))).toBe(
        account.address,
      )
    }
  })

  test('a short transaction is one command, and nothing is looked up for it', async () => {
    const unsigned = serializeTransaction({ ...transaction, data: '0x6c532fae64' })
    const { r, s, yParity, bytes } = await answerFor('0x6c532fae64')
    const length = (21 + size(unsigned)).toString(16).padStart(2, '0')
    const command = `e0040000${length}${pathBytes}${unsigned.slice(2)}`
    // The library says so before it asks Ledger's services about a transaction.
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined)
    expect(await over([[command, bytes]], (app) => app.signTransaction(path, unsigned))).toEqual({
      r,
      s,
      yParity,
    })
    expect(warn).not.toHaveBeenCalled()
    warn.mockRestore()
  })

  test('a long one is cut after 255 bytes, path included', async () => {
    const data = concatHex(['0x9d00c9fd', `0x${'ab'.repeat(300)}`])
    const unsigned = serializeTransaction({ ...transaction, data })
    const { r, s, yParity, bytes } = await answerFor(data)
    const whole = pathBytes + unsigned.slice(2)
    const rest = whole.slice(510)
    const exchanges = [
      [`e0040000ff${whole.slice(0, 510)}`, '9000'],
      [`e0048000${(rest.length / 2).toString(16).padStart(2, '0')}${rest}`, bytes],
    ] as const
    expect(await over(exchanges, (app) => app.signTransaction(path, unsigned))).toEqual({
      r,
      s,
      yParity,
    })
  })

  test('a message of 32 bytes is one command, and v is 27 or 28', async () => {
    const message = keccak256('0x02')
    const signature = await account.signMessage({ message: { raw: message } })
    const { r, s, yParity } = parseSignature(signature)
    // prettier-ignore
    const command =
      'e008000039' + // 57 bytes follow
      pathBytes +
      '00000020' +   // 32 bytes of message
      message.slice(2)
    const answer = `${(27 + yParity).toString(16)}${r.slice(2)}${s.slice(2)}9000`
    expect(await over([[command, answer]], (app) => app.signMessage(path, message))).toEqual({
      r,
      s,
      yParity,
    })
  })
})

describe('what is refused', () => {
  test.each(["44'/60'/x/0/0", '44h/60h/0h/0/0', "44'/554'/0'/0/0", "m/44'/60'/0'/0/0", ''])(
    'the path "%s" never reaches the device',
    async (odd) => {
      await expect(over([], (app) => app.address(odd, false))).rejects.toMatchObject({
        code: 'ledger-path-malformed',
      })
    },
  )

  test.each([
    ['b001000000', '9000', (app: EthereumApp) => app.running()],
    ['b001000000', '01ff459000', (app: EthereumApp) => app.running()],
    ['e006000000', '9000', (app: EthereumApp) => app.configuration()],
    [`e002000015${pathBytes}`, '9000', (app: EthereumApp) => app.address(path, false)],
  ] satisfies [string, string, Act][])(
    'an answer to %s that is cut short is a failure of the device',
    async (command, answer, act: Act) => {
      await expect(over([[command, answer]], act)).rejects.toMatchObject({ code: 'ledger-failed' })
    },
  )

  test('a status word comes through, of the library and of our own command alike', async () => {
    const acts: readonly [command: string, act: Act][] = [
      ['b001000000', (app) => app.running()],
      ['e006000000', (app) => app.configuration()],
    ]
    for (const [command, act] of acts) {
      await expect(over([[command, '5515']], act)).rejects.toMatchObject({ statusCode: 0x5515 })
    }
  })
})
