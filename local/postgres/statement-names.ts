/**
 * Prepared statements and portals have names, and PGlite has one session for all: each connection's
 * names get its number in front, so that two may prepare a statement of the same name.
 */

import { Buffer } from 'node:buffer'
import { bodyOf, message, sync, typeOf } from './wire.ts'

export class StatementNames {
  readonly #prefix: string
  readonly #prepared = new Set<string>()

  constructor(connectionId: number) {
    this.#prefix = `${connectionId}.`
  }

  /** The message with its names made this connection's own. */
  ownedBy(whole: Buffer): Buffer {
    const body = bodyOf(whole)
    switch (typeOf(whole)) {
      case 'P': {
        const { name, rest } = cut(body)
        if (name !== '') this.#prepared.add(this.#own(name))
        return message('P', this.#own(name), '\0', rest)
      }
      case 'B': {
        const portal = cut(body)
        const statement = cut(portal.rest)
        return message(
          'B',
          this.#own(portal.name),
          '\0',
          this.#own(statement.name),
          '\0',
          statement.rest,
        )
      }
      case 'D':
      case 'C': {
        const { name, rest } = cut(body.subarray(1))
        return message(typeOf(whole), body.subarray(0, 1), this.#own(name), '\0', rest)
      }
      case 'E': {
        const { name, rest } = cut(body)
        return message('E', this.#own(name), '\0', rest)
      }
      default:
        return whole
    }
  }

  /** What makes the session forget this connection's statements. */
  forget(): Buffer {
    return Buffer.concat([
      ...[...this.#prepared].map((name) => message('C', 'S', name, '\0')),
      sync,
    ])
  }

  /** The name of the unnamed stays none. */
  #own(name: string): string {
    return name === '' ? '' : this.#prefix + name
  }
}

/** A name ends with a zero byte. */
function cut(body: Buffer): { readonly name: string; readonly rest: Buffer } {
  const end = body.indexOf(0)
  return { name: body.toString('utf8', 0, end), rest: body.subarray(end + 1) }
}
