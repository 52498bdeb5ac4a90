/** The operator's keys as the settings name them: whose role, which address, and where the key is. */

import { type Address, getAddress, isAddress, isAddressEqual } from 'viem'
import { z } from 'zod'
import { type LedgerKey, ledgerKeySchema } from './ledger/settings.ts'
import { type Role, roles } from './roles.ts'

export const addressSchema = z
  .string()
  .refine((text) => isAddress(text), 'Expected an address.')
  .transform((text) => getAddress(text))

const passwordSchema = z.union([
  z.literal('prompt'),
  z.strictObject({ file: z.string().min(1) }),
  z.strictObject({ credential: z.string().regex(/^[\w.-]+$/) }),
])

const placeNames = ['keystore_file', 'env', 'ledger'] as const

/** One key, as it is written. Every line here has a row in README.md. */
export const keySchema = z
  .strictObject({
    role: z.enum(roles),
    address: addressSchema,
    /** The first reward epoch in which it has its role. */
    from_reward_epoch: z.int().nonnegative().default(0),
    keystore_file: z.string().min(1).optional(),
    password: passwordSchema.optional(),
    /** A variable with a private key, or with the file of one; for the local network only. */
    env: z
      .string()
      .regex(/^[A-Z][A-Z0-9_]*$/)
      .optional(),
    ledger: ledgerKeySchema.optional(),
  })
  .refine((key) => placeNames.filter((name) => key[name] !== undefined).length <= 1, {
    error: 'A key is in one place.',
  })
  .refine(({ password, keystore_file: file }) => password === undefined || file !== undefined, {
    path: ['password'],
    error: 'Only a keystore has one.',
  })

/** Where a keystore's password is; without a word of it, where `secrets.ts` says. */
export type PasswordPlace =
  | { readonly kind: 'usual' }
  | { readonly kind: 'prompt' }
  | { readonly kind: 'file'; readonly file: string }
  | { readonly kind: 'credential'; readonly name: string }

export type KeyPlace =
  | { readonly kind: 'keystore'; readonly file: string; readonly password: PasswordPlace }
  | { readonly kind: 'env'; readonly variable: string }
  | { readonly kind: 'ledger'; readonly ledger: LedgerKey }
  /** Its address is all that is known here. */
  | { readonly kind: 'elsewhere' }

export type KeySettings = {
  readonly role: Role
  readonly address: Address
  readonly fromRewardEpoch: number
  readonly place: KeyPlace
}

/** An address that money may go to: with its checksum, since nothing else would notice a slip. */
export const recipientSchema = z
  .string()
  .refine(
    (text) => isAddress(text) && getAddress(text) === text,
    'Expected an address with its checksum.',
  )
  .transform((text) => getAddress(text))

/** @param beside Makes a path in the settings one from where this process is. */
export function keySettingsOf(
  given: z.output<typeof keySchema>,
  beside: (path: string) => string,
): KeySettings {
  const { role, address, from_reward_epoch: fromRewardEpoch } = given
  return { role, address, fromRewardEpoch, place: placeOf(given, beside) }
}

function placeOf(
  { keystore_file: file, password, env, ledger }: z.output<typeof keySchema>,
  beside: (path: string) => string,
): KeyPlace {
  if (env !== undefined) return { kind: 'env', variable: env }
  if (ledger !== undefined) return { kind: 'ledger', ledger }
  if (file === undefined) return { kind: 'elsewhere' }
  return { kind: 'keystore', file: beside(file), password: passwordPlaceOf(password, beside) }
}

function passwordPlaceOf(
  password: z.output<typeof passwordSchema> | undefined,
  beside: (path: string) => string,
): PasswordPlace {
  if (password === undefined) return { kind: 'usual' }
  if (password === 'prompt') return { kind: 'prompt' }
  return 'file' in password
    ? { kind: 'file', file: beside(password.file) }
    : { kind: 'credential', name: password.credential }
}

const sendingRoles = ['submit', 'submitSignatures', 'executor'] as const

type Held = Pick<KeySettings, 'role' | 'address' | 'fromRewardEpoch'>

/** Why these keys cannot work together; `undefined` if they can. */
export function keysRefusal(keys: readonly Held[]): string | undefined {
  for (const [place, key] of keys.entries()) {
    for (const other of keys.slice(place + 1)) {
      const refusal = pairRefusal(key, other)
      if (refusal !== undefined) return refusal
    }
  }
  return keys.some(({ role }) => role === 'submit') ? undefined : 'There is no key for submit.'
}

function pairRefusal(key: Held, other: Held): string | undefined {
  if (key.role === other.role) {
    return key.fromRewardEpoch === other.fromRewardEpoch
      ? `Two keys for ${key.role} begin in reward epoch ${key.fromRewardEpoch}.`
      : undefined
  }
  if (!isAddressEqual(key.address, other.address)) return undefined
  const both = new Set([key.role, other.role])
  // The chain refuses a voter whose other addresses are its identity.
  if (both.has('identity')) return `${key.address} cannot be identity and something else.`
  // Two loops send from them, each counting its own nonces; so does housekeeping.
  const [sender, second] = sendingRoles.filter((role) => both.has(role))
  return second === undefined
    ? undefined
    : `${key.address} cannot be ${sender} and ${second} at once.`
}
