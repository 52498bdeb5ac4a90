/** What the device asks a person to approve, before it is laid out on the screens of a model. */

import { bytesToHex, formatUnits, getAddress, type Hex, keccak256, padHex } from 'viem'
import type { TransactionReader } from './transaction-reader.ts'

export type Review = {
  readonly kind: 'transaction' | 'message' | 'typed-data' | 'address'
  readonly title: string
  readonly fields: readonly Shown[]
  /** What the last screen asks for. */
  readonly acceptText: string
  /** Nothing says what the calldata means: a warning comes first. */
  readonly isBlind: boolean
  /** The whole answer of the device once it is approved, status word included. */
  readonly answer: () => Uint8Array
}

type Shown = { readonly label: string; readonly value: string }

export type ReviewSettings = { readonly isNonceShown: boolean; readonly isHashShown: boolean }

/** The networks of the app's own table that this house has to do with; others are unnamed. */
const networks: ReadonlyMap<bigint, { readonly name: string; readonly unit: string }> = new Map([
  [1n, { name: 'Ethereum', unit: 'ETH' }],
  [14n, { name: 'Flare', unit: 'FLR' }],
  [16n, { name: 'Flare Coston', unit: 'FLR' }],
  [19n, { name: 'Songbird', unit: 'SGB' }],
])
const unknownUnit = '???'
const ethereumChainId = 1n
const decimals = 18
const maxWord = 2n ** 256n

/** The transaction's hash, which is signed. */
export function hashOf({ hashed }: TransactionReader): Hex {
  return keccak256(hashed)
}

/** The chain that a transaction is for; 0 if a legacy one does not say. */
export function chainIdOf({ type, values }: TransactionReader): bigint {
  return numberOf(type === 'legacy' ? values.v : values['chain-id'])
}

/** Whether a transaction has calldata, one byte 0x00 included. */
export function hasData({ values }: TransactionReader): boolean {
  return (values.data?.length ?? 0) > 0
}

/** The most that a transaction can cost, wei; undefined if it fits into no word. */
export function maxFeeWei({ values }: TransactionReader): bigint | undefined {
  const fee = numberOf(values['gas-price']) * numberOf(values['gas-limit'])
  return fee < maxWord ? fee : undefined
}

/** A whole transaction as it is reviewed. */
export function transactionReview(
  reader: TransactionReader,
  settings: ReviewSettings,
  { from, answer }: { readonly from: string; readonly answer: () => Uint8Array },
): Review {
  const isBlind = hasData(reader)
  return {
    kind: 'transaction',
    title: 'Review transaction',
    fields: [{ label: 'From', value: from }, ...shownOf(reader, settings)],
    acceptText: isBlind ? 'Accept risk and sign transaction' : 'Sign transaction',
    isBlind,
    answer,
  }
}

/** What is shown of a transaction below its sender: never the calldata, but its hash. */
function shownOf(
  reader: TransactionReader,
  { isNonceShown, isHashShown }: ReviewSettings,
): readonly Shown[] {
  const { values } = reader
  const isBlind = hasData(reader)
  const chainId = chainIdOf(reader)
  const { name, unit } = networks.get(chainId) ?? { name: `${chainId}`, unit: unknownUnit }
  const amount = (wei: bigint): string => `${formatUnits(wei, decimals)} ${unit}`
  const wei = numberOf(values.value)

  const shown = (isShown: boolean, label: string, value: string): readonly Shown[] =>
    isShown ? [{ label, value }] : []
  return [
    ...shown(!isBlind || wei > 0n, 'Amount', amount(wei)),
    { label: 'To', value: receiverOf(values.to) },
    ...shown(isNonceShown, 'Nonce', `${numberOf(values.nonce)}`),
    { label: 'Max fees', value: amount(maxFeeWei(reader) ?? 0n) },
    ...shown(chainId !== ethereumChainId, 'Network', name),
    ...shown(isBlind || isHashShown, 'Tx hash', hashOf(reader)),
  ]
}

/** The app fills a shorter address with zeros, and calls none at all a contract. */
function receiverOf(to: Uint8Array = new Uint8Array()): string {
  return to.length === 0
    ? 'Contract'
    : getAddress(padHex(bytesToHex(to), { size: 20, dir: 'right' }))
}

/** A personal message as it is reviewed: as text if it is printable, else as hex. */
export function messageReview(message: Uint8Array, answer: () => Uint8Array): Review {
  const isText = message.every(
    (byte) => (byte >= 0x20 && byte <= 0x7e) || (byte >= 0x09 && byte <= 0x0d),
  )
  const value = isText
    ? new TextDecoder().decode(message).replaceAll(/\s/g, ' ')
    : bytesToHex(message)
  return {
    kind: 'message',
    title: 'Review message',
    fields: [{ label: 'Message', value }],
    acceptText: 'Sign message',
    isBlind: false,
    answer,
  }
}

/** Hashed typed data as it is reviewed: two hashes, and nothing that explains them. */
export function typedDataReview(
  hashes: { readonly domain: Uint8Array; readonly message: Uint8Array },
  answer: () => Uint8Array,
): Review {
  return {
    kind: 'typed-data',
    title: 'Review typed message',
    fields: [
      { label: 'Domain hash', value: bytesToHex(hashes.domain) },
      { label: 'Message hash', value: bytesToHex(hashes.message) },
    ],
    acceptText: 'Accept risk and sign message',
    isBlind: true,
    answer,
  }
}

/** An address that is to be compared with what the host shows. */
export function addressReview(address: string, answer: () => Uint8Array): Review {
  return {
    kind: 'address',
    title: 'Verify Ethereum address',
    fields: [{ label: 'Address', value: address }],
    acceptText: 'Confirm',
    isBlind: false,
    answer,
  }
}

function numberOf(bytes: Uint8Array | undefined): bigint {
  return bytes === undefined || bytes.length === 0 ? 0n : BigInt(bytesToHex(bytes))
}
