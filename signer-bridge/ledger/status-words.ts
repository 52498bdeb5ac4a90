/**
 * What a device or its driver said, as something for a person to do and a rule for this program. Read
 * by name and status word: an installation has several copies of Ledger's error classes, so that
 * `instanceof` is false between them.
 */

import { z } from 'zod'

export type TroubleKind =
  | 'refused'
  | 'data-refused'
  | 'locked'
  | 'app-wrong'
  | 'path-refused'
  | 'type-refused'
  | 'out-of-step'
  | 'device-failed'
  | 'lost'
  | 'busy'
  | 'unknown'

export type Trouble = {
  readonly kind: TroubleKind
  /** For the person at the device: what to do. */
  readonly instruction: string
  /**
   * Whether the same bytes may be asked for again as soon as the device is ready: each time, only if
   * it has not happened before, or never.
   */
  readonly retry: 'when-ready' | 'once' | 'never'
  /** A signature whose outcome is unknown may exist: only the same digest may follow. */
  readonly outcome: 'not-signed' | 'unknown'
}

const troubles: Readonly<Record<TroubleKind, Trouble>> = {
  refused: {
    kind: 'refused',
    instruction: 'It was refused on the device. It is not asked for again.',
    retry: 'never',
    outcome: 'not-signed',
  },
  'data-refused': {
    kind: 'data-refused',
    instruction:
      'Dismiss the alert on the device. Then turn on "Blind signing" in the settings of its Ethereum app: what is signed here has calldata, which the app cannot read.',
    retry: 'once',
    outcome: 'not-signed',
  },
  locked: {
    kind: 'locked',
    instruction: 'Unlock the Ledger with its PIN.',
    retry: 'when-ready',
    outcome: 'not-signed',
  },
  'app-wrong': {
    kind: 'app-wrong',
    instruction: 'Open the Ethereum app on the Ledger.',
    retry: 'when-ready',
    outcome: 'not-signed',
  },
  'path-refused': {
    kind: 'path-refused',
    instruction:
      "The app does not sign for this path. Use the Ethereum app and a path below 44'/60' in the settings.",
    retry: 'never',
    outcome: 'not-signed',
  },
  'type-refused': {
    kind: 'type-refused',
    instruction: 'The app does not sign transactions of this type. Please report this.',
    retry: 'never',
    outcome: 'not-signed',
  },
  'out-of-step': {
    kind: 'out-of-step',
    instruction:
      'The app and this program were out of step; if it happens again, close every other wallet on this machine and reopen the Ethereum app.',
    retry: 'once',
    outcome: 'not-signed',
  },
  'device-failed': {
    kind: 'device-failed',
    instruction:
      'The Ledger reports a failure of its own. Unplug it, plug it in and open the Ethereum app; if it happens again, update its firmware.',
    retry: 'never',
    outcome: 'unknown',
  },
  lost: {
    kind: 'lost',
    instruction: 'Plug the Ledger in, unlock it and open the Ethereum app.',
    retry: 'when-ready',
    outcome: 'unknown',
  },
  busy: {
    kind: 'busy',
    instruction:
      'The Ledger waits for an answer to something else. Accept or reject what is on its screen, and close every other wallet on this machine.',
    retry: 'when-ready',
    outcome: 'not-signed',
  },
  unknown: {
    kind: 'unknown',
    instruction:
      'The Ledger answered what this program does not know. Unplug it, plug it in and open the Ethereum app.',
    retry: 'never',
    outcome: 'unknown',
  },
}

/**
 * Seen with the genuine app 1.22.0 (6985, 6a80, 6980, 6501, 6a15, 6a87, 6b00, 6d00, 6e00) or known
 * from Ledger's own tables and from reports of its users (2026-11-22).
 */
const kindOfStatusWord: ReadonlyMap<number, TroubleKind> = new Map([
  [0x6985, 'refused'],
  [0x5501, 'refused'],
  [0x6a80, 'data-refused'],
  [0x6980, 'out-of-step'],
  [0x6501, 'type-refused'],
  [0x6a15, 'path-refused'],
  [0x6a87, 'out-of-step'],
  [0x6b00, 'out-of-step'],
  [0x6d00, 'app-wrong'],
  [0x6d02, 'app-wrong'],
  [0x6e00, 'app-wrong'],
  [0x6e01, 'app-wrong'],
  [0x6511, 'app-wrong'],
  [0x650f, 'app-wrong'],
  [0x6700, 'app-wrong'],
  [0x6804, 'app-wrong'],
  [0x670a, 'app-wrong'],
  [0x6807, 'app-wrong'],
  [0x5515, 'locked'],
  [0x6b0c, 'locked'],
  [0x6982, 'device-failed'],
  [0x6800, 'device-failed'],
  [0x6f00, 'device-failed'],
  [0x6faa, 'device-failed'],
])

const kindOfName: ReadonlyMap<string, TroubleKind> = new Map([
  // Ledger's library throws this in place of 6a80, and drops the status word.
  ['EthAppPleaseEnableContractData', 'data-refused'],
  ['LockedDeviceError', 'locked'],
  ['UserRefusedOnDevice', 'refused'],
  ['UserRefusedAddress', 'refused'],
  ['DisconnectedDevice', 'lost'],
  ['DisconnectedDeviceDuringOperation', 'lost'],
  ['CantOpenDevice', 'lost'],
  ['TransportExchangeTimeoutError', 'lost'],
  ['TransportRaceCondition', 'busy'],
])

/** What `TransportError` says in its `id`. */
const kindOfId: ReadonlyMap<string, TroubleKind> = new Map([
  ['NoDevice', 'lost'],
  ['NoDeviceFound', 'lost'],
  ['ListenTimeout', 'lost'],
  ['TransportLocked', 'busy'],
])

/** What of an error tells what happened; each may be missing. */
const saidSchema = z
  .object({
    name: z.string().catch(''),
    statusCode: z.int().catch(0),
    id: z.string().catch(''),
    /** Of the HTTP client that talks to an emulator; its errors have any name. */
    isAxiosError: z.boolean().catch(false),
  })
  .catch({ name: '', statusCode: 0, id: '', isAxiosError: false })

/** What an error of Ledger's libraries means. */
export function troubleOf(error: unknown): Trouble {
  const { name, statusCode, id, isAxiosError } = saidSchema.parse(error)
  if (isAxiosError) return troubles.lost
  const kind = kindOfStatusWord.get(statusCode) ?? kindOfId.get(id) ?? kindOfName.get(name)
  if (kind !== undefined) return troubles[kind]
  const isInternal = statusCode >= 0x6f00 && statusCode <= 0x6fff
  return isInternal ? troubles['device-failed'] : troubles.unknown
}

/** A status word or a name, for the log. */
export function saidIn(error: unknown): string {
  const { name, statusCode, id } = saidSchema.parse(error)
  if (statusCode !== 0) return `0x${statusCode.toString(16).padStart(4, '0')}`
  return [name, id].filter((word) => word !== '').join(' ')
}
