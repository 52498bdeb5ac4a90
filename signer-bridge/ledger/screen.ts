/**
 * What the Ethereum app shows of a transaction, in its own spelling, so that a person can compare the
 * two screens word by word. It cannot show more: selector, protocol and round are calldata to it.
 */

import {
  type Address,
  formatEther,
  getAddress,
  keccak256,
  serializeTransaction,
  type TransactionSerializableEIP1559,
} from 'viem'

/** As the app 1.22.0 names them; a chain that is not in its table has its id and question marks. */
const shownNetworks: ReadonlyMap<number, { readonly name: string; readonly coin: string }> =
  new Map([
    [14, { name: 'Flare', coin: 'FLR' }],
    [19, { name: 'Songbird', coin: 'SGB' }],
    [16, { name: 'Flare Coston', coin: 'FLR' }],
  ])

/** A review, line by line, in the order of the device's screens. */
export type Screen = readonly (readonly [label: string, value: string])[]

/** The screens of a transaction. Its hash is that of what is signed: the device knows no other. */
export function transactionScreen(from: Address, asked: TransactionSerializableEIP1559): Screen {
  const { chainId, to, gas = 0n, maxFeePerGas = 0n } = asked
  const { name, coin } = shownNetworks.get(chainId) ?? { name: String(chainId), coin: '???' }
  return [
    ['From', from],
    ['To', to === undefined || to === null ? 'a new contract' : getAddress(to)],
    // The coin behind the amount; versions before the oldest that will do had it in front.
    ['Max fees', `${formatEther(gas * maxFeePerGas)} ${coin}`],
    ['Network', name],
    ['Tx hash', keccak256(serializeTransaction(asked))],
  ]
}

/** The screens of a message of 32 bytes. */
export function messageScreen(bytes: string): Screen {
  return [['Message', bytes]]
}

/** When something has to be answered, for a person. */
export function deadlineText(untilMs: number, nowMs: number): string {
  const clock = new Date(untilMs).toTimeString().slice(0, 8)
  return `${clock}, in ${Math.max(0, Math.floor((untilMs - nowMs) / 1_000))} s`
}

/** A review as a block of lines. @param what In this program's words. */
export function reviewText(what: string, screen: Screen, deadline: string): string {
  const width = Math.max(...screen.map(([label]) => label.length))
  const lines = screen.map(([label, value]) => `  ${label.padEnd(width)}  ${value}`)
  return [`On the Ledger now: ${what}. Accept it by ${deadline}, if it shows this:`, ...lines].join(
    '\n',
  )
}
