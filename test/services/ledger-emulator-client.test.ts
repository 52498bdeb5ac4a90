/** Ledger's own host library against the emulated Ledger, over its own transport for Speculos. */

import { createRequire } from 'node:module'
import {
  type Hex,
  parseTransaction,
  recoverMessageAddress,
  serializeTransaction,
  type TransactionSerializable,
} from 'viem'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { account, Ledger } from '../support/ledger.ts'

type Signature<V> = { readonly v: V; readonly r: string; readonly s: string }
type Transport = { readonly close: () => Promise<void> }
type Eth = {
  readonly getAddress: (path: string) => Promise<{ readonly address: string }>
  readonly getAppConfiguration: () => Promise<{
    readonly arbitraryDataEnabled: number
    readonly version: string
  }>
  readonly signTransaction: (
    path: string,
    raw: string,
    resolution: null,
  ) => Promise<Signature<string>>
  readonly signPersonalMessage: (path: string, message: string) => Promise<Signature<number>>
  readonly signEIP712HashedMessage: (
    path: string,
    domain: string,
    message: string,
  ) => Promise<Signature<number>>
}

// The packages' modules for `import` do not load in Node; those for `require` do.
const load = createRequire(new URL('../../signer-bridge/package.json', import.meta.url))
const {
  default: SpeculosTransport,
}: { default: { open: (options: Record<string, string>) => Promise<Transport> } } = load(
  '@ledgerhq/hw-transport-node-speculos-http',
)
const { default: EthApp }: { default: new (transport: Transport) => Eth } =
  load('@ledgerhq/hw-app-eth')

const path = "44'/60'/0'/0/0"
const to = '0x2cA6571Daa15ce734Bbd0Bf27D5C9D16787fc33f'

let ledger: Ledger
let transport: Transport
let eth: Eth

beforeEach(async () => {
  ledger = await Ledger.start('--automation', 'approve', '--blind-signing', 'on')
  const { port } = ledger.emulator
  transport = await SpeculosTransport.open({ baseURL: 'http://127.0.0.1', apiPort: `${port}` })
  eth = new EthApp(transport)
})

afterEach(async () => {
  await transport.close()
  await ledger.emulator.stop()
})

async function signedByDevice(transaction: TransactionSerializable): Promise<Hex> {
  const raw = serializeTransaction(transaction)
  const { v, r, s } = await eth.signTransaction(path, raw.slice(2), null)
  const rs = { r: `0x${r}`, s: `0x${s}` } as const
  return transaction.type === 'legacy'
    ? serializeTransaction(transaction, { ...rs, v: BigInt(`0x${v}`) })
    : serializeTransaction(transaction, { ...rs, yParity: Number(`0x${v}`) })
}

const call = {
  type: 'eip1559',
  chainId: 14,
  nonce: 7,
  maxPriorityFeePerGas: 1_000_000_000n,
  maxFeePerGas: 50_000_000_000n,
  gas: 2_500_000n,
  to,
} as const satisfies TransactionSerializable
const legacy = {
  type: 'legacy',
  chainId: 114,
  nonce: 1,
  gasPrice: 25_000_000_000n,
  gas: 21_000n,
  to,
} as const satisfies TransactionSerializable

test('it tells the address and the settings', async () => {
  expect((await eth.getAddress(path)).address).toBe(account.address)
  expect(await eth.getAppConfiguration()).toMatchObject({
    arbitraryDataEnabled: 1,
    version: '1.22.0',
  })
})

test.each([1, 4, 36, 180, 200, 255, 256, 510, 1_500, 5_000])(
  'a transaction with %i bytes of calldata is the one that viem signs',
  async (length) => {
    const transaction = { ...call, data: `0x${'5a'.repeat(length)}` } as const
    expect(await signedByDevice(transaction)).toBe(await account.signTransaction(transaction))
  },
)

test('legacy transactions of every length around a chunk’s end are the ones that viem signs', async () => {
  // The library shrinks its chunks where one would end right before v, r, s: some of these.
  for (let length = 185; length <= 200; length++) {
    const transaction = { ...legacy, data: `0x${'5a'.repeat(length)}` } as const
    const signed = await signedByDevice(transaction)
    expect(signed).toBe(await account.signTransaction(transaction))
  }
})

test.each([114, 31_337, 14, 1])(
  'a legacy transaction for chain %i keeps its chain id',
  async (chainId) => {
    const signed = await signedByDevice({ ...legacy, chainId })
    expect(parseTransaction(signed).chainId).toBe(chainId)
    expect(signed).toBe(await account.signTransaction({ ...legacy, chainId }))
  },
)

test('personal messages of many lengths are signed as viem signs them', async () => {
  for (const length of [1, 31, 32, 38, 66, 124, 125, 126, 150, 274, 275, 276, 425, 1_000]) {
    const raw: Hex = `0x${'c3'.repeat(length)}`
    const { v, r, s } = await eth.signPersonalMessage(path, raw.slice(2))
    const signature: Hex = `0x${r}${s}${v.toString(16)}`
    expect(signature).toBe(await account.signMessage({ message: { raw } }))
    expect(await recoverMessageAddress({ message: { raw }, signature })).toBe(account.address)
  }
})

test('hashed typed data is signed with 27 or 28', async () => {
  const { v, r, s } = await eth.signEIP712HashedMessage(path, '01'.repeat(32), '02'.repeat(32))
  expect([27, 28]).toContain(v)
  expect(`${r}${s}`).toMatch(/^[0-9a-f]{128}$/)
})

test('a refusal and a switched-off setting come as the errors that the library has for them', async () => {
  await ledger.order({ refuse_next: 1 })
  const raw = serializeTransaction({ ...call, data: '0x6c532fae' }).slice(2)
  await expect(eth.signTransaction(path, raw, null)).rejects.toMatchObject({ statusCode: 0x69_85 })
  await ledger.order({ blind_signing: false })
  await expect(eth.signTransaction(path, raw, null)).rejects.toMatchObject({
    name: 'EthAppPleaseEnableContractData',
  })
  await ledger.order({ locked: true })
  await expect(eth.getAddress(path)).rejects.toMatchObject({ name: 'LockedDeviceError' })
})
