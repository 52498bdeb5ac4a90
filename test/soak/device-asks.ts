/** What was asked of the signers, put together again from the lines that were captured. */

import type { Hex } from 'viem'

/** One line of a capture: what was asked, before the device or the key had it. */
export type CapturedAsk = { readonly atMs: number } & (
  | {
      /** A command to a device, in hexadecimal digits. */
      readonly data: string
    }
  | {
      /** A transaction for a key in memory. */
      readonly unsigned: Hex
    }
  | {
      /** Bytes for a key in memory. */
      readonly message: Hex
    }
)

export type DeviceAsk = { readonly atMs: number } & (
  | { readonly kind: 'transaction'; readonly unsigned: Hex }
  /** In hexadecimal digits. */
  | { readonly kind: 'message'; readonly message: string }
)

type Collected = { readonly instruction: string; readonly atMs: number; readonly digits: string }

/** Every signature that was asked for in full; what was broken off halfway was never signed. */
export function asksOf(capture: string): readonly DeviceAsk[] {
  const asks: DeviceAsk[] = []
  let collected: Collected | undefined
  for (const line of capture.split('\n').filter((text) => text !== '')) {
    const captured = JSON.parse(line) as CapturedAsk
    if (!('data' in captured)) {
      asks.push(askOfKey(captured))
      continue
    }
    collected = collectedWith(collected, captured)
    const ask: DeviceAsk | undefined = collected && wholeAsk(collected)
    if (ask === undefined) continue
    asks.push(ask)
    collected = undefined
  }
  return asks
}

function askOfKey(captured: Exclude<CapturedAsk, { readonly data: string }>): DeviceAsk {
  const { atMs } = captured
  return 'unsigned' in captured
    ? { kind: 'transaction', atMs, unsigned: captured.unsigned }
    : { kind: 'message', atMs, message: captured.message.slice(2) }
}

/** With one more command, if it is part of an ask. */
function collectedWith(
  before: Collected | undefined,
  { atMs, data }: { readonly atMs: number; readonly data: string },
): Collected | undefined {
  const instruction = data.slice(2, 4)
  if (!data.startsWith('e0') || (instruction !== '04' && instruction !== '08')) return before
  const digits = data.slice(10)
  if (data.slice(4, 6) === '00') return { instruction, atMs, digits: withoutPath(digits) }
  return before?.instruction === instruction
    ? { ...before, atMs, digits: before.digits + digits }
    : before
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
