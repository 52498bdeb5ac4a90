/**
 * The emulated Ledger over raw HTTP: every rule of the Ethereum app 1.22.0 that the signer bridge
 * depends on, a row each. What is signed is compared with viem's own signer.
 */

import { afterEach, describe, expect, test } from 'vitest'
import {
  concat,
  getAddress,
  hashDomain,
  hashStruct,
  hashTypedData,
  type Hex,
  numberToHex,
  serializeTransaction,
  size,
  slice,
  type TransactionSerializable,
} from 'viem'
import { generatePrivateKey, mnemonicToAccount, privateKeyToAccount, sign } from 'viem/accounts'
import {
  account,
  accountPath,
  ascii,
  chunked,
  command,
  Ledger,
  messageCommand,
  mnemonic,
  pathBytes,
  signatureAnswer,
  signCommand,
  transactionAnswer,
} from '../support/ledger.ts'

const ledgers: Ledger[] = []

afterEach(async () => {
  await Promise.all(ledgers.splice(0).map(({ emulator }) => emulator.stop()))
})

async function ledgerWith(...args: readonly string[]): Promise<Ledger> {
  const ledger = await Ledger.start(...args)
  ledgers.push(ledger)
  return ledger
}

const approving = ['--automation', 'approve', '--blind-signing', 'on']
const to = '0x2cA6571Daa15ce734Bbd0Bf27D5C9D16787fc33f'
const hardened = 0x8000_0000

const transfer = {
  type: 'eip1559',
  chainId: 14,
  nonce: 7,
  maxPriorityFeePerGas: 1_000_000_000n,
  maxFeePerGas: 50_000_000_000n,
  gas: 21_000n,
  to,
  value: 5n,
} as const satisfies TransactionSerializable
const call = { ...transfer, value: 0n, gas: 2_500_000n, data: '0x6c532fae' } as const
const legacy = {
  type: 'legacy',
  chainId: 14,
  nonce: 1,
  gasPrice: 25_000_000_000n,
  gas: 21_000n,
  to,
  value: 1n,
} as const satisfies TransactionSerializable
const accessList = [{ address: to, storageKeys: [`0x${'01'.repeat(32)}`] }] as const
const authorization = await privateKeyToAccount(generatePrivateKey()).signAuthorization({
  address: to,
  chainId: 14,
  nonce: 3,
})

function bytes(count: number, of = 'ab'): Hex {
  return `0x${of.repeat(count)}`
}

function firstBytes(payload: Hex, count: number): Hex {
  return slice(payload, 0, count)
}

const config = command(0x06, 0, 0)
const who = 'b0010000'
const keyAt = (path: Hex = accountPath()): string => command(0x02, 0, 0, path)

type Row = {
  readonly name: string
  readonly args?: readonly string[]
  readonly order?: unknown
  readonly send: readonly string[]
  /** What is answered to each; a word alone is a status word without data. */
  readonly expect: readonly string[]
}

/** A row of one command. */
function row(name: string, send: string, expected: string, more: Partial<Row> = {}): Row {
  return { name, send: [send], expect: [expected], ...more }
}

const off = { args: ['--automation', 'approve'] }
const key = mnemonicToAccount(mnemonic).getHdKey()
const publicKeyHex = account.publicKey.slice(2)
const keyAnswer = `41${publicKeyHex}28${ascii(account.address.slice(2))}`
const long = serializeTransaction({ ...call, data: bytes(600) })
const longSizes = [255, 255, 255]
const longPayload = concat([accountPath(), long])
const wholeCall = serializeTransaction(call)

/** A personal message as the host library cuts it: 150 bytes at most with the path. */
function messageChunks(message: Hex): readonly string[] {
  const payload = concat([accountPath(), numberToHex(size(message), { size: 4 }), message])
  const sizes = Array.from({ length: Math.ceil(size(payload) / 150) }, () => 150)
  return chunked(0x08, payload, sizes)
}

const domain = bytes(32, '01')
const structure = bytes(32, '02')

describe('envelope and order of checks', () => {
  check([
    row('four bytes alone are a command without data', 'e0060000', '030116009000'),
    row('three bytes are no command', 'e00600', '6a87'),
    row('a length beyond the data', 'e006000001', '6a87'),
    row('a length short of the data', 'e00600000000', '6a87'),
    row('the length is looked at before the class', 'a006000001', '6a87'),
    row('a class that is not the app’s', 'a006000000', '6e00'),
    row('the class is looked at before the instruction', 'a0ff000000', '6e00'),
    row('an instruction that the app does not have', 'e0ff000000', '6d00'),
    row('the instruction is looked at before its parameters', 'e0ff070700', '6d00'),
    row('the check of transactions on a Nano', 'e032000000', '6d00'),
  ])
})

describe('GET_PUBLIC_KEY', () => {
  const withChainId = command(0x02, 0, 0, accountPath(), numberToHex(14, { size: 8 }))
  const chainCode = key.chainCode === null ? '' : Buffer.from(key.chainCode).toString('hex')
  check([
    row('the key and the address of a path', keyAt(), `${keyAnswer}9000`),
    row('with the chain code', command(0x02, 0, 1, accountPath()), `${keyAnswer}${chainCode}9000`),
    row('a chain id behind the path changes nothing', withChainId, `${keyAnswer}9000`),
    row('shown and confirmed', command(0x02, 1, 0, accountPath()), `${keyAnswer}9000`),
    row('shown and refused', command(0x02, 1, 0, accountPath()), '6985', {
      args: ['--automation', 'refuse'],
    }),
    row('other bytes behind the path', command(0x02, 0, 0, accountPath(), '0x01'), '6a80'),
    row('P1 other than 0 and 1', command(0x02, 2, 0, accountPath()), '6b00'),
    row('P2 other than 0 and 1', command(0x02, 0, 2, accountPath()), '6b00'),
    row('a path without levels', command(0x02, 0, 0, '0x00'), '6a80'),
    row(
      'a path of eleven levels',
      keyAt(pathBytes(...Array.from({ length: 11 }, () => 0))),
      '6a80',
    ),
    row('a path that is cut', keyAt(firstBytes(accountPath(), 20)), '6a80'),
    row('no path at all', command(0x02, 0, 0), '6a80'),
    row('another coin’s path', keyAt(accountPath(0, 554)), '6a15'),
    row('a path that is not hardened', keyAt(pathBytes(44, 60, 0, 0, 0)), '6a15'),
  ])

  test('paths below 45’ and of ten levels are the app’s, too', async () => {
    const ledger = await ledgerWith()
    const ten = pathBytes(hardened + 44, hardened + 60, 1, 2, 3, 4, 5, 6, 7, 8)

    const answers = await ledger.sendAll([keyAt(pathBytes(hardened + 45, 3)), keyAt(ten)])

    expect(answers.map((answer) => answer.slice(-4))).toEqual(['9000', '9000'])
    const told = Buffer.from(answers[1]?.slice(134, 214) ?? '', 'hex').toString()
    const expected = mnemonicToAccount(mnemonic, { path: "m/44'/60'/1/2/3/4/5/6/7/8" })
    expect(`0x${told}`).toBe(expected.address)
  })

  test('the public mnemonic has the addresses that everybody knows', async () => {
    const ledger = await ledgerWith('--mnemonic', mnemonic)
    const answers = await ledger.sendAll([0, 1, 2].map((i) => keyAt(accountPath(i))))
    const addresses = answers.map((answer) =>
      getAddress(`0x${Buffer.from(answer.slice(134, 214), 'hex').toString()}`),
    )
    expect(addresses).toEqual([
      '0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266',
      '0x70997970C51812dc3A010C7d01b50e0d17dc79C8',
      '0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC',
    ])
  })
})

describe('SIGN: what is signed', () => {
  const signed: readonly (readonly [string, TransactionSerializable])[] = [
    ['EIP-1559', transfer],
    ['EIP-1559 with calldata', call],
    ['EIP-1559 with an access list', { ...call, accessList }],
    ['EIP-2930', { ...legacy, type: 'eip2930', accessList }],
    ['EIP-7702', { ...call, type: 'eip7702', authorizationList: [authorization], accessList: [] }],
    ['legacy for a chain', legacy],
    ['legacy for a chain whose v does not fit into a byte', { ...legacy, chainId: 31_337 }],
    ['legacy without a chain id', { ...legacy, chainId: undefined }],
    ['a new contract', { ...call, to: undefined, data: bytes(50) }],
    ['one byte 0x00 of calldata', { ...call, data: '0x00' }],
    ['three bytes of calldata', { ...call, data: '0x010203' }],
    ...[14, 19, 16, 114, 1, 31_337].map(
      (chainId) => [`chain ${chainId}`, { ...call, chainId }] as const,
    ),
  ]
  test.each(signed)('%s is signed as viem signs it', async (_, transaction) => {
    const ledger = await ledgerWith(...approving)
    expect(await ledger.send(signCommand(transaction))).toBe(await transactionAnswer(transaction))
  })

  test('a chain id of more than four bytes counts with its first four in v', async () => {
    const ledger = await ledgerWith(...approving)
    const chainId = 0x12_3456_789a
    const [expected, answer] = await Promise.all([
      transactionAnswer({ ...legacy, chainId: chainId }),
      ledger.send(signCommand({ ...legacy, chainId })),
    ])
    expect(answer.slice(2)).toBe(expected.slice(2))
    const parity =
      (Number.parseInt(expected.slice(0, 2), 16) - ((chainId * 2 + 35) % 256) + 256) % 256
    expect(Number.parseInt(answer.slice(0, 2), 16)).toBe((0x1234_5678 * 2 + 35 + parity) % 256)
  })

  test('signing the same again yields the same', async () => {
    const ledger = await ledgerWith(...approving)
    const [first, second] = await ledger.sendAll([signCommand(call), signCommand(call)])
    expect(second).toBe(first)
  })
})

describe('SIGN: chunks and refusals', async () => {
  const answer = await transactionAnswer({ ...call, data: bytes(600) })
  const chunks = chunked(0x04, longPayload, longSizes)
  const [first = '', second = '', third = ''] = chunks
  const callAnswer = await transactionAnswer(call)
  const legacyRaw = serializeTransaction({ ...legacy, data: bytes(300) })
  const legacyPayload = concat([accountPath(), legacyRaw])
  const beforeV = size(legacyPayload) - 3
  const shortPath = concat([accountPath(), wholeCall])

  check([
    {
      name: 'every chunk but the last is answered 9000',
      send: chunks,
      expect: ['9000', '9000', answer],
    },
    {
      name: 'chunks may be cut anywhere, also within a field’s header',
      send: chunked(0x04, longPayload, [22, 1, 3, 80, 255, 255, 255]),
      expect: ['9000', '9000', '9000', '9000', '9000', '9000', answer],
    },
    {
      name: 'the type’s byte may be all of the first chunk',
      send: chunked(0x04, longPayload, [22, 255, 255, 255]),
      expect: ['9000', '9000', '9000', answer],
    },
    {
      name: 'a legacy transaction goes on where a chunk ends right before its chain id',
      send: chunked(0x04, legacyPayload, [255, beforeV - 255, 3]),
      expect: ['9000', '9000', await transactionAnswer({ ...legacy, data: bytes(300) })],
    },
    row(
      'bytes behind the end are not looked at and not hashed',
      command(0x04, 0, 0, accountPath(), wholeCall, '0xdeadbeef'),
      callAnswer,
    ),
    {
      name: 'a beginning in the middle of a transaction begins anew',
      send: [first, signCommand(call)],
      expect: ['9000', callAnswer],
    },
    row('type 3 (EIP-4844)', command(0x04, 0, 0, accountPath(), '0x03c0'), '6501'),
    row('type 0 in an envelope', command(0x04, 0, 0, accountPath(), '0x00c0'), '6501'),
    row('a type that nobody knows', command(0x04, 0, 0, accountPath(), '0x7fc0'), '6501'),
    row('bytes that are no list', command(0x04, 0, 0, accountPath(), '0x8080'), '6a80'),
    row(
      'a typed transaction that is no list',
      command(0x04, 0, 0, accountPath(), '0x0280'),
      '6a80',
    ),
    row(
      'a list where a number belongs',
      command(0x04, 0, 0, accountPath(), '0x02c3c00101'),
      '6a80',
    ),
    row(
      'an address that is too long',
      command(0x04, 0, 0, accountPath(), '0xd9', '0x010101', '0x95', bytes(21)),
      '6a80',
    ),
    row(
      'a length of more than four bytes',
      command(0x04, 0, 0, accountPath(), '0xfc0000000001'),
      '6a80',
    ),
    row('a path and no transaction', command(0x04, 0, 0, accountPath()), '6a80'),
    row('no path', command(0x04, 0, 0), '6a80'),
    row('another coin’s path', signCommand(call, accountPath(0, 554)), '6a15'),
    row('a continuation without a start', command(0x04, 0x80, 0, '0x00'), '6980'),
    row('another P1', command(0x04, 0x01, 0, shortPath), '6b00'),
    row('another P2', command(0x04, 0x00, 3, shortPath), '6b00'),
    {
      name: 'clear signing collects calldata, and has nothing here to explain it',
      send: [command(0x04, 0, 1, accountPath(), wholeCall), command(0x04, 0, 2)],
      expect: ['9000', '6a80'],
    },
    row('a clear-signing flow without a transaction', command(0x04, 0, 2), '6980'),
    row(
      'a selector that is cut',
      command(0x04, 0, 0, accountPath(), firstBytes(long, size(long) - 600)),
      '6a80',
    ),
    {
      name: 'a failure forgets what was collected',
      send: [first, 'e0ff000000', second],
      expect: ['9000', '6d00', '6980'],
    },
    {
      name: 'GET_APP_CONFIG between chunks is harmless',
      send: [first, config, second, who, third],
      expect: [
        '9000',
        '030116009000',
        '9000',
        `0108${ascii('Ethereum')}06${ascii('1.22.0')}01009000`,
        answer,
      ],
    },
    {
      name: 'GET_PUBLIC_KEY between chunks resets',
      send: [first, keyAt(), second],
      expect: ['9000', `${keyAnswer}9000`, '6980'],
    },
  ])
})

describe('blind signing', async () => {
  const noCall = await transactionAnswer(transfer)
  const [first = '', second = ''] = chunked(0x04, longPayload, longSizes)
  const inFront = concat([accountPath(), firstBytes(long, size(long) - 600)])
  const message = bytes(32)

  check([
    row('off: calldata is refused', signCommand(call), '6a80', off),
    row('off: one byte 0x00 is calldata', signCommand({ ...call, data: '0x00' }), '6a80', off),
    row('off: a new contract is refused', signCommand({ ...call, to: undefined }), '6a80', off),
    {
      name: 'off: refused on the chunk where the data starts',
      ...off,
      send: [first, second],
      expect: ['6a80', '6980'],
    },
    {
      name: 'off: chunks before the data are taken',
      ...off,
      send: [
        command(0x04, 0, 0, slice(inFront, 0, 40)),
        command(0x04, 0x80, 0, slice(inFront, 40), bytes(10)),
      ],
      expect: ['9000', '6a80'],
    },
    row('off: a plain transfer is signed', signCommand(transfer), noCall, off),
    row(
      'off: a personal message of 32 bytes is signed',
      messageCommand(message),
      signatureAnswer(await account.signMessage({ message: { raw: message } })),
      off,
    ),
    row(
      'off: hashed typed data is refused',
      command(0x0c, 0, 0, accountPath(), domain, structure),
      '6a80',
      off,
    ),
    row('off: the app says so', config, '020116009000', off),
    row('on: the app says so', config, '030116009000'),
    row('on a Flex the app says the same', config, '030116009000', {
      args: ['--model', 'flex', ...approving],
    }),
  ])

  test('the alert stays until somebody dismisses it, and commands are answered meanwhile', async () => {
    const ledger = await ledgerWith(...off.args)
    await ledger.send(signCommand(call))
    expect(await ledger.send(config)).toBe('020116009000')
    const alert = ['Blind signing must be enabled in settings']
    expect((await ledger.state()).screen).toEqual(alert)

    await ledger.press('both')
    expect((await ledger.state()).screen).not.toEqual(alert)
  })

  test('switched on by order it stays on when the app is closed and opened', async () => {
    const ledger = await ledgerWith(...off.args)
    await ledger.order({ blind_signing: true })
    await ledger.order({ restart: true })
    expect(await ledger.send(config)).toBe('030116009000')
    expect(await ledger.send(signCommand(call))).toBe(await transactionAnswer(call))
  })
})

describe('SIGN_PERSONAL_MESSAGE', async () => {
  const answerTo = async (raw: Hex): Promise<string> =>
    signatureAnswer(await account.signMessage({ message: { raw } }))
  const lengths = [1, 32, 38, 124, 125, 126, 275, 276, 1_000]
  const short = bytes(10)
  const announce = (length: number, part: Hex): string =>
    command(0x08, 0, 0, accountPath(), numberToHex(length, { size: 4 }), part)
  const rest = command(0x08, 0x80, 0, bytes(5))

  check([
    row('an empty message is signed', messageCommand('0x'), await answerTo('0x')),
    ...(await Promise.all(
      lengths.map(async (length): Promise<Row> => {
        const send = messageChunks(bytes(length))
        const partial = send.slice(1).map(() => '9000')
        return {
          name: `${length} bytes in ${send.length} chunks`,
          send,
          expect: [...partial, await answerTo(bytes(length))],
        }
      }),
    )),
    {
      name: 'a message may be cut anywhere',
      send: [announce(10, bytes(5)), rest],
      expect: ['9000', await answerTo(short)],
    },
    row('more bytes than announced', announce(9, short), '6a80'),
    {
      name: 'more bytes than announced in a continuation',
      send: [announce(9, bytes(5)), rest, rest],
      expect: ['9000', '6a80', '6a80'],
    },
    row('a continuation without a start', rest, '6a80'),
    {
      name: 'a start in the middle of a message is refused and resets',
      send: [announce(10, bytes(5)), announce(10, bytes(5)), rest, messageCommand(short)],
      expect: ['9000', '6980', '6a80', await answerTo(short)],
    },
    {
      name: 'a start in the middle of a transaction is refused',
      send: [chunked(0x04, longPayload, longSizes)[0] ?? '', messageCommand(short)],
      expect: ['9000', '6980'],
    },
    {
      name: 'a transaction that begins in the middle of a message supersedes it',
      send: [announce(10, bytes(5)), signCommand(call), rest],
      expect: ['9000', await transactionAnswer(call), '6a80'],
    },
    {
      name: 'GET_APP_CONFIG between chunks is harmless',
      send: [announce(10, bytes(5)), config, rest],
      expect: ['9000', '030116009000', await answerTo(short)],
    },
    row('another P1', command(0x08, 0x01, 0, accountPath()), '6b00'),
    row('no length', command(0x08, 0, 0, accountPath()), '6a80'),
    row('no path', command(0x08, 0, 0), '6a80'),
    row('a length that the app cannot count', announce(65_536, '0x'), '6a80'),
    row('another coin’s path', messageCommand(short, accountPath(0, 554)), '6a15'),
  ])
})

describe('SIGN_EIP_712, hashed', async () => {
  const typed = (...data: readonly Hex[]): string => command(0x0c, 0, 0, ...data)
  const real = {
    domain: { name: 'Chrono', chainId: 14n },
    types: { Vote: [{ name: 'round', type: 'uint32' }] },
    primaryType: 'Vote',
    message: { round: 1 },
  } as const
  const hash = hashTypedData(real)
  const realDomain = hashDomain({
    domain: real.domain,
    types: {
      EIP712Domain: [
        { name: 'name', type: 'string' },
        { name: 'chainId', type: 'uint256' },
      ],
    },
  })
  const realStruct = hashStruct({ data: real.message, primaryType: 'Vote', types: real.types })
  const privateKey: Hex = `0x${Buffer.from(key.privateKey ?? []).toString('hex')}`
  const answer = signatureAnswer(await sign({ hash, privateKey, to: 'hex' }))

  check([
    row('is signed as viem signs it', typed(accountPath(), realDomain, realStruct), answer),
    row(
      'bytes behind the hashes are ignored',
      typed(accountPath(), realDomain, realStruct, '0x01'),
      answer,
    ),
    row('a hash that is cut', typed(accountPath(), domain, firstBytes(structure, 31)), '6a80'),
    row('no path', typed(), '6a80'),
    row('P1 other than 0', command(0x0c, 1, 0, accountPath(), domain, structure), '6b00'),
    row('P2 other than 0 and 1', command(0x0c, 0, 2, accountPath(), domain, structure), '6b00'),
    row('the full flow without what it needs', command(0x0c, 0, 1, accountPath()), '6980'),
    {
      name: 'in the middle of a transaction',
      send: [
        chunked(0x04, longPayload, longSizes)[0] ?? '',
        typed(accountPath(), domain, structure),
      ],
      expect: ['9000', '6980'],
    },
    row('refused', typed(accountPath(), domain, structure), '6985', {
      args: ['--automation', 'refuse', '--blind-signing', 'on'],
    }),
  ])
})

describe('around the app', () => {
  const app = (name: string, version: string): string => {
    const length = (text: string): string => text.length.toString(16).padStart(2, '0')
    return `01${length(name)}${ascii(name)}${length(version)}${ascii(version)}01009000`
  }
  const open = (name: string): string =>
    `e0d80000${name.length.toString(16).padStart(2, '0')}${ascii(name)}`

  check([
    row('which app it is', who, app('Ethereum', '1.22.0')),
    row('which app it is, with a length', 'b001000000', app('Ethereum', '1.22.0')),
    row('refused on the device', signCommand(call), '6985', {
      args: ['--automation', 'refuse', '--blind-signing', 'on'],
    }),
    row('locked', config, '5515', { order: { locked: true } }),
    row('locked, with older firmware', config, '6b0c', { order: { locked: '6b0c' } }),
    row('no app is open', config, '6511', { order: { app: 'none' } }),
    row('another app is open', config, '6e00', { order: { app: 'other' } }),
    row('the dashboard says so', who, app('BOLOS', '1.3.0'), { order: { app: 'none' } }),
    {
      name: 'the host opens the app',
      order: { app: 'none' },
      send: [open('Ethereum'), config],
      expect: ['9000', '030116009000'],
    },
    row('a person refuses to open the app', open('Ethereum'), '5501', {
      order: { app: 'none', refuse_next: 1 },
    }),
    row('an app without a name', open(''), '670a', { order: { app: 'none' } }),
    row('an app that is not there', open('Flare'), '6807', { order: { app: 'none' } }),
    {
      name: 'the host closes the app',
      send: ['b0a70000', config],
      expect: ['9000', '6511'],
    },
    row('an app opens no other', open('Ethereum'), '6d00'),
    ...['650f', '6700', '6804', '6e01', '6982', '6800', '6f00', '6faa', '5501'].map((word) =>
      row(`any status word on order: ${word}`, config, word, { order: { answer_next: [word] } }),
    ),
    {
      name: 'what was ordered for two commands is over at the third',
      order: { answer_next: ['6f00', '6800'] },
      send: [config, config, config],
      expect: ['6f00', '6800', '030116009000'],
    },
  ])

  test('a challenge is four bytes, and others each time', async () => {
    const ledger = await ledgerWith()
    const [one = '', other = ''] = await ledger.sendAll(['e020000000', 'e020000000'])
    expect(one).toMatch(/^[0-9a-f]{8}9000$/)
    expect(other).not.toBe(one)
  })
})

/** Plays rows, each against an emulator of its own. */
function check(rows: readonly Row[]): void {
  test.each(rows.map((each) => [each.name, each] as const))('%s', async (_, each) => {
    const ledger = await ledgerWith(...(each.args ?? approving))
    if (each.order !== undefined) await ledger.order(each.order)
    expect(await ledger.sendAll(each.send)).toEqual(each.expect)
  })
}
