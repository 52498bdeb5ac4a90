/** What was asked of the signing device, put together again from the commands that were captured. */

import type { Hex } from 'viem'

/** One line of a capture: a command as it went to the device, before the device had it. */
export type CapturedCommand = {
  readonly atMs: number
  /** Hexadecimal digits. */
  readonly data: string
}

export type DeviceAsk = { readonly atMs: number } & (
  | { readonly kind: 'transaction'; readonly unsigned: Hex }
  | { readonly kind: 'message'; readonly message: string }
)

type Collected = { readonly instruction: string; readonly atMs: number; readonly digits: string }

/** Every signature that was asked for in full; what was broken off halfway was never signed. */
export function asksOf(capture: string): readonly DeviceAsk[] {
  const asks: DeviceAsk[] = []
  let collected: Collected | undefined
  for (const line of capture.split('\n').filter((text) => text !== '')) {
    const { atMs, data } = JSON.parse(line) as CapturedCommand
    const instruction = data.slice(2, 4)
    if (!data.startsWith('e0') || (instruction !== '04' && instruction !== '08')) continue
    const digits = data.slice(10)
    if (data.slice(4, 6) === '00') collected = { instruction, atMs, digits: withoutPath(digits) }
    else if (collected?.instruction === instruction) {
      collected = { ...collected, atMs, digits: collected.digits + digits }
    }
    const ask: DeviceAsk | undefined = collected && wholeAsk(collected)
    if (ask === undefined) continue
    asks.push(ask)
    collected = undefined
  }
  return asks
}

function withoutPath(digits: string): string {
  return digits.slice(2 + 8 * Number.parseInt(digits.slice(0, 2), 16))
}

/** The ask, if all of it is there. */
function wholeAsk({ instruction, atMs, digits }: Collected): DeviceAsk | undefined {
  if (instruction === '08') {
    const message = digits.slice(8)
    const isWhole = message.length >= 2 * Number.parseInt(digits.slice(0, 8), 16)
    return isWhole ? { kind: 'message', atMs, message } : undefined
  }
  const end = typedEnd(digits)
  if (end === undefined || digits.length < end) return undefined
  return { kind: 'transaction', atMs, unsigned: `0x${digits.slice(0, end)}` }
}

/** Where a type-2 transaction's list ends, in digits; the bridge signs no other kind. */
function typedEnd(digits: string): number | undefined {
  if (!digits.startsWith('02')) throw new Error('Something else than type 2 went to the device.')
  const first = Number.parseInt(digits.slice(2, 4), 16)
  if (first < 0xc0) throw new Error('A transaction is a list.')
  if (first <= 0xf7) return 4 + 2 * (first - 0xc0)
  const lengthDigits = 2 * (first - 0xf7)
  if (digits.length < 4 + lengthDigits) return undefined
  return 4 + lengthDigits + 2 * Number.parseInt(digits.slice(4, 4 + lengthDigits), 16)
}
