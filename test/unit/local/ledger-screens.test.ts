/** The emulated Ledger's screens: how many presses lead where, on each model. */

import { bytesToHex, hexToBytes, serializeTransaction, type TransactionSerializable } from 'viem'
import { describe, expect, test } from 'vitest'
import {
  addressReview,
  messageReview,
  type Review,
  transactionReview,
  typedDataReview,
} from '../../../local/ledger/review.ts'
import { actionOf, models, pressesTo, type Screen } from '../../../local/ledger/screen.ts'
import { alertScreen, outcomeScreen, screensOf } from '../../../local/ledger/screens.ts'
import { read, transactionReader } from '../../../local/ledger/transaction-reader.ts'

const from = '0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266'
const plain = { isNonceShown: false, isHashShown: false }
const answer = (): Uint8Array => new Uint8Array()

function reviewOf(given: TransactionSerializable, settings = plain): Review {
  const raw = hexToBytes(serializeTransaction(given)).slice(1)
  const rules = { isBlindSigningOn: true, isStored: false }
  const reading = read(transactionReader(2), raw, rules)
  if (reading.kind !== 'finished') throw new Error('Expected a whole transaction.')
  return transactionReview(reading.reader, settings, { from, answer })
}

const call = {
  type: 'eip1559',
  chainId: 14,
  to: '0x2cA6571Daa15ce734Bbd0Bf27D5C9D16787fc33f',
  data: '0x6c532fae',
  gas: 2_500_000n,
  maxFeePerGas: 50_000_000_000n,
} as const satisfies TransactionSerializable
const hash = new Uint8Array(32).fill(0xab)
const reviews = {
  call: reviewOf(call),
  message: messageReview(hash, answer),
  typed: typedDataReview({ domain: hash, message: hash }, answer),
  address: addressReview(from, answer),
}

describe('presses', () => {
  test.each([
    ['nanosp', 'call', 9, 2],
    ['nanox', 'call', 9, 2],
    ['flex', 'call', 5, 1],
    ['nanosp', 'message', 4, 5],
    ['flex', 'message', 3, 2],
    ['nanosp', 'typed', 7, 2],
    ['nanosp', 'address', 3, 4],
  ] as const)('on a %s a %s takes %i to approve, %i to refuse', (model, kind, yes, no) => {
    const screens = screensOf(reviews[kind], model)
    expect(pressesTo(screens, 'approve')).toHaveLength(yes)
    expect(pressesTo(screens, 'refuse')).toHaveLength(no)
  })

  test('the nonce costs a screen more', () => {
    const review = reviewOf(call, { ...plain, isNonceShown: true })
    expect(pressesTo(screensOf(review, 'nanosp'), 'approve')).toHaveLength(10)
  })

  test.each(models)('on a %s every press leads to a screen that is there', (model) => {
    for (const review of Object.values(reviews)) {
      const screens = screensOf(review, model)
      const actions = screens.flatMap(({ buttons, zones }) => [
        ...Object.values(buttons),
        ...zones.map((zone) => zone.action),
      ])
      for (const action of actions) {
        if (action.kind === 'show') expect(screens[action.screen]).toBeDefined()
      }
      for (const [at] of screens.entries()) {
        expect(pressesTo(screens, 'refuse', at).length).toBeGreaterThan(0)
      }
    }
  })

  test('a finger beside every choice, or lifted too early, does nothing', () => {
    const signing = screensOf(reviews.message, 'flex').find(({ texts }) =>
      texts.includes('Hold to sign'),
    )
    if (signing === undefined) throw new Error('Expected the screen that signs.')
    const touch = (x: number, y: number, heldMs: number) =>
      actionOf(signing, { kind: 'touch', x, y, heldMs })
    expect(touch(240, 470, 1_500)).toEqual({ kind: 'approve' })
    expect(touch(240, 470, 1_499)).toBeUndefined()
    expect(touch(240, 100, 5_000)).toBeUndefined()
  })
})

describe('texts', () => {
  const shown = ({ fields }: Review, label: string): string | undefined =>
    fields.find((field) => field.label === label)?.value

  test('a new contract has no receiver, and value is shown only if there is some', () => {
    const { to: _, ...contract } = call
    expect(shown(reviewOf(contract), 'To')).toBe('Contract')
    expect(shown(reviewOf(call), 'Amount')).toBeUndefined()
    expect(shown(reviewOf({ ...call, value: 1n }), 'Amount')).toBe('0.000000000000000001 FLR')
  })

  test('on Ethereum the network is not named', () => {
    expect(shown(reviewOf({ ...call, chainId: 1 }), 'Network')).toBeUndefined()
  })

  test('a printable message is shown as text, any other as hexadecimal digits', () => {
    const text = messageReview(new TextEncoder().encode('two\nlines'), answer)
    expect(shown(text, 'Message')).toBe('two lines')
    expect(shown(reviews.message, 'Message')).toBe(bytesToHex(hash))
  })

  test('a message longer than anybody reads has a bounded number of screens', () => {
    const endless = messageReview(new Uint8Array(60_000), answer)
    expect(screensOf(endless, 'nanosp').length).toBeLessThan(70)
  })

  test('the alert and the outcome are left with any press', () => {
    const screens: readonly Screen[] = [
      alertScreen('nanosp'),
      alertScreen('flex'),
      outcomeScreen(reviews.call, 'approve'),
    ]
    for (const screen of screens) {
      expect(actionOf(screen, { kind: 'button', button: 'both' })).toEqual({ kind: 'close' })
      expect(actionOf(screen, { kind: 'touch', x: 1, y: 1, heldMs: 0 })).toEqual({ kind: 'close' })
    }
  })
})
