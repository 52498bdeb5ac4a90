/**
 * PGlite's one session, which connections use by turns. Whoever has the turn keeps it until no
 * transaction is open, so that transactions never mix.
 */

import { Buffer } from 'node:buffer'
import type { PGlite } from '@electric-sql/pglite'
import { z } from 'zod'

/** Settings that a server tells its clients of, since they decode by them. */
const toldSettings = [
  'server_version',
  'server_encoding',
  'client_encoding',
  'DateStyle',
  'IntervalStyle',
  'TimeZone',
  'integer_datetimes',
  'standard_conforming_strings',
]

const shownSchema = z.tuple([z.record(z.string(), z.string())])

export class Session {
  readonly settings: ReadonlyMap<string, string>
  readonly #db: PGlite
  readonly #onDeath: () => void
  #lastTurn: Promise<void> = Promise.resolve()
  #isDead = false

  private constructor(db: PGlite, settings: ReadonlyMap<string, string>, onDeath: () => void) {
    this.#db = db
    this.settings = settings
    this.#onDeath = onDeath
  }

  /** @param onDeath Hears that PGlite has ended: after that there is no session. */
  static async open(db: PGlite, onDeath: () => void): Promise<Session> {
    const settings = new Map<string, string>()
    for (const name of toldSettings) {
      const [row] = shownSchema.parse((await db.query(`SHOW ${name}`)).rows)
      settings.set(name, Object.values(row).join())
    }
    return new Session(db, settings, onDeath)
  }

  /**
   * Waits for the turn, first come, first served.
   *
   * @returns A function that passes it on.
   */
  async turn(): Promise<() => void> {
    const before = this.#lastTurn
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#lastTurn = promise
    await before
    return resolve
  }

  /**
   * What Postgres answers to these messages. Only for whoever has the turn.
   *
   * @throws {Error} if PGlite has ended or ends over it, as it does when told to terminate.
   */
  async answerTo(messages: Buffer): Promise<Buffer> {
    if (this.#isDead) throw new Error('PGlite has ended.')
    try {
      return Buffer.from(await this.#db.execProtocolRaw(messages))
    } catch (error) {
      this.#isDead = true
      this.#onDeath()
      throw error
    }
  }

  async close(): Promise<void> {
    // A PGlite that has ended never answers again, not even to being closed.
    if (!this.#isDead) await this.#db.close()
  }
}
