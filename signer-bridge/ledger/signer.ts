/**
 * A key on a Ledger as a viem account, so that nothing else knows of it. It signs type-2 transactions
 * and 32-byte messages, each with a person's hand; what comes back is recovered before it is handed on.
 */

import {
  type Address,
  hashMessage,
  type Hex,
  isHex,
  keccak256,
  recoverAddress,
  serializeSignature,
  serializeTransaction,
  size,
  type TransactionSerializable,
  type TransactionSerializableEIP1559,
} from 'viem'
import type { RoleKey, Signer } from '../roles.ts'
import { SigningError } from '../signer.ts'
import type { RawSignature } from './ethereum-app.ts'
import { LedgerError, type LedgerErrorCode } from './ledger-error.ts'
import {
  deadlineText,
  messageScreen,
  reviewText,
  type Screen,
  transactionScreen,
} from './screen.ts'
import type { Job, LedgerSession } from './session.ts'
import { instructionFor, type PinnedKey } from './state.ts'

/** What a person is told of a signature, and until when it is waited for. */
export type Review = {
  readonly what: string
  /** Unix milliseconds. */
  readonly untilMs: number
}

export type LedgerSigner = Signer & {
  /** The same key, for one purpose with a deadline of its own. */
  readonly reviewing: (review: Review) => Signer
  /** Tells the person at the device something. */
  readonly show: (text: string) => void
  /** The device that it is on: keys on the same one have the same. */
  readonly device: object
  /** Looks at the device: what a person has to do before it can sign; `undefined` if nothing. */
  readonly unready: () => Promise<string | undefined>
}

export type SignerDeps = {
  readonly session: Pick<LedgerSession, 'sign' | 'look'>
  /** Shows a person what the device shows. */
  readonly show: (text: string) => void
  readonly nowMs: () => number
}

/** For what has no deadline of its own: long enough to fetch the device. */
const patienceMs = 120_000

/**
 * The signer of a pinned key.
 *
 * Its methods throw `SigningError`: `signing-denied` after a refusal, `signing-unknown` where the
 * device was lost or left with a review, `signer-differs` if another key signed; and otherwise
 * `LedgerError`: what the session throws, and `ledger-unsuitable` for anything but a type-2
 * transaction or 32 raw bytes.
 */
export function ledgerSigner(deps: SignerDeps, key: PinnedKey): LedgerSigner {
  const signerFor = (reviewOf: (what: string) => Review): Signer => ({
    address: key.address,
    // Serialised in the one way that the device reads, whatever the caller would have taken.
    signTransaction: async (transaction) => {
      const asked = typeTwo(transaction)
      const { r, s, yParity } = await transactionSigned(deps, key, asked, reviewOf('a transaction'))
      return serializeTransaction(asked, { r, s, yParity })
    },
    signMessage: async ({ message }) => {
      const bytes = rawIn(message)
      const { r, s, yParity } = await messageSigned(deps, key, bytes, reviewOf('a message'))
      return serializeSignature({ r, s, yParity })
    },
  })
  return {
    ...signerFor((what) => ({ what, untilMs: deps.nowMs() + patienceMs })),
    reviewing: (review) => signerFor(() => review),
    show: deps.show,
    device: deps.session,
    unready: async () => instructionFor(await deps.session.look()),
  }
}

/** Whether each of a signer's signatures needs a person. */
export function isLedgerSigner(signer: Signer): signer is LedgerSigner {
  return 'reviewing' in signer
}

/** A key whose signer, if a person sits at it, knows what it signs next and until when. */
export function keyFor(key: RoleKey, review: Review): RoleKey {
  const { signer } = key
  return isLedgerSigner(signer) ? { ...key, signer: signer.reviewing(review) } : key
}

function transactionSigned(
  deps: SignerDeps,
  { path, address }: PinnedKey,
  asked: TransactionSerializableEIP1559,
  review: Review,
): Promise<RawSignature> {
  const unsigned = serializeTransaction(asked)
  const shown = shower(deps, review, transactionScreen(address, asked))
  const digest = keccak256(unsigned)
  return checked(deps, review, address, {
    digest,
    ask: (app) => {
      shown()
      return app.signTransaction(path, unsigned)
    },
  })
}

function messageSigned(
  deps: SignerDeps,
  { path, address }: PinnedKey,
  bytes: Hex,
  review: Review,
): Promise<RawSignature> {
  const shown = shower(deps, review, messageScreen(bytes))
  return checked(deps, review, address, {
    digest: hashMessage({ raw: bytes }),
    ask: (app) => {
      shown()
      return app.signMessage(path, bytes)
    },
  })
}

/** Has it signed, and holds the signature against the key that must have made it. */
async function checked(
  { session, nowMs }: SignerDeps,
  { what, untilMs }: Review,
  pinned: Address,
  job: Pick<Job, 'digest' | 'ask'>,
): Promise<RawSignature> {
  const left = untilMs - nowMs()
  if (left <= 0) throw new LedgerError('ledger-not-ready', `It is too late for ${what}.`)
  const asked = session.sign({ ...job, what, patienceMs: left })
  const { r, s, yParity } = await asked.catch((error: unknown) => {
    throw asSigningError(error)
  })
  const by = await recoverAddress({ hash: job.digest, signature: { r, s, yParity } })
  if (by.toLowerCase() === pinned.toLowerCase()) return { r, s, yParity }
  throw new SigningError('signer-differs', `${by} signed on the Ledger in place of ${pinned}.`)
}

/** What is known of the signature after an error, in the words of the rest of the bridge. */
function asSigningError(error: unknown): unknown {
  if (!(error instanceof LedgerError)) return error
  const code = signingCodes[error.code]
  return code === undefined ? error : new SigningError(code, error.message, { cause: error })
}

const signingCodes: Readonly<
  Partial<Record<LedgerErrorCode, 'signing-denied' | 'signing-unknown'>>
> = {
  'ledger-refused': 'signing-denied',
  'ledger-abandoned': 'signing-unknown',
  'ledger-lost': 'signing-unknown',
  'ledger-failed': 'signing-unknown',
}

function shower({ show, nowMs }: SignerDeps, { what, untilMs }: Review, screen: Screen) {
  return () => show(reviewText(what, screen, deadlineText(untilMs, nowMs())))
}

function typeTwo(transaction: TransactionSerializable): TransactionSerializableEIP1559 {
  if (transaction.type === 'eip1559') return transaction
  throw new LedgerError('ledger-unsuitable', 'A Ledger is asked for type-2 transactions only.')
}

/** All that the protocol signs as a message is a hash of 32 bytes. */
function rawIn(message: Parameters<Signer['signMessage']>[0]['message']): Hex {
  if (typeof message !== 'string' && isHex(message.raw) && size(message.raw) === 32) {
    return message.raw
  }
  throw new LedgerError('ledger-unsuitable', 'A Ledger is asked for messages of 32 raw bytes only.')
}
