/**
 * Who may act on a network's rounds, and on what: the lease, the reservations of what will be signed,
 * and the nonces that have been used. A part of `Round`.
 */

import { type HeldLease, leaseAfter, type LeaseOutcome } from '../src/core/lease.ts'
import { leaseMs, type Reservation } from '../src/protocol/bridge-wire.ts'
import { Nonces } from './nonces.ts'

/** Reservations remembered: ten thousand rounds, a commit and a root of two protocols in each. */
const maxReservations = 40_000

/** Nonces remembered at a time; a bridge asks a few times a minute. */
const maxNonces = 10_000

export type Reserved =
  | { readonly kind: 'reserved' }
  | { readonly kind: 'refused'; readonly code: 'lease-lost' | 'digest-differs' }

type LeaseRow = { holder: string; fencing_token: number; expires_at_ms: number }

export class RoundRights {
  readonly #sql: SqlStorage
  readonly #nonces: Nonces

  constructor(sql: SqlStorage) {
    this.#sql = sql
    this.#nonces = new Nonces(sql)
    sql.exec(`
      CREATE TABLE IF NOT EXISTS lease (
        id            INTEGER PRIMARY KEY CHECK (id = 1),
        holder        TEXT NOT NULL,
        fencing_token INTEGER NOT NULL,
        expires_at_ms INTEGER NOT NULL
      ) STRICT;
      CREATE TABLE IF NOT EXISTS reservation (
        seq    INTEGER PRIMARY KEY AUTOINCREMENT,
        name   TEXT NOT NULL UNIQUE,
        digest TEXT NOT NULL
      ) STRICT`)
  }

  lease(holder: string, nowMs: number): LeaseOutcome {
    const outcome = leaseAfter(this.#held(), holder, nowMs)
    if (outcome.kind === 'held') {
      const { fencingToken, expiresAtMs } = outcome.lease
      const row = [holder, fencingToken, expiresAtMs]
      this.#sql.exec('INSERT OR REPLACE INTO lease VALUES (1, ?, ?, ?)', ...row)
    }
    return outcome
  }

  /** When the lease was given or renewed last. Unix milliseconds. */
  renewedAtMs(): number | undefined {
    const held = this.#held()
    return held && held.expiresAtMs - leaseMs
  }

  /** Whoever was given the lease last, whether or not it has run out. */
  holder(): string | undefined {
    return this.#held()?.holder
  }

  /** Whether nobody has taken over since; that the lease has run out by itself harms nobody. */
  isCurrent(fencingToken: number): boolean {
    return this.#held()?.fencingToken === fencingToken
  }

  reserve(reservation: Reservation): Reserved {
    if (!this.isCurrent(reservation.fencing_token)) return { kind: 'refused', code: 'lease-lost' }
    const { signer, kind, protocol_id, voting_round_id, digest } = reservation
    // An address may be written in capitals for its checksum, and is the same one.
    const name = [signer.toLowerCase(), kind, protocol_id, voting_round_id].join(' ')
    const { seq, reserved } = this.#sql
      .exec<{ seq: number; reserved: string }>(
        `INSERT INTO reservation (name, digest) VALUES (?, ?)
         ON CONFLICT (name) DO UPDATE SET name = name RETURNING seq, digest AS reserved`,
        name,
        digest,
      )
      .one()
    // The order of arrival says what is forgotten, so that no odd number of a round can.
    this.#sql.exec('DELETE FROM reservation WHERE seq <= ?', seq - maxReservations)
    return reserved === digest ? { kind: 'reserved' } : { kind: 'refused', code: 'digest-differs' }
  }

  /** Nonces are forgotten when no request could bring them again and be in time. */
  useNonce(nonce: string, nowMs: number): 'fresh' | 'used' | 'too-many' {
    return this.#nonces.use(nonce, nowMs, maxNonces)
  }

  #held(): HeldLease | undefined {
    const [row] = this.#sql.exec<LeaseRow>('SELECT * FROM lease').toArray()
    if (row === undefined) return undefined
    const { holder, fencing_token: fencingToken, expires_at_ms: expiresAtMs } = row
    return { holder, fencingToken, expiresAtMs }
  }
}
