/**
 * Postgres' wire protocol, version 3, as far as a bridge must understand it: where messages begin
 * and end, and the few that the bridge says itself.
 *
 *     type    length              body
 *     1 byte  4 bytes, self incl.  length - 4 bytes      (the first messages have no type)
 *
 * @see https://www.postgresql.org/docs/current/protocol-message-formats.html
 */

import { Buffer } from 'node:buffer'

/** Larger than any statement or copied file that development needs. */
export const maxMessageBytes = 64 * 1024 * 1024

const lengthBytes = 4

/** Cuts a stream of bytes into messages. */
export class MessageReader {
  readonly #chunks: AsyncIterator<Buffer>
  #buffer: Buffer = Buffer.alloc(0)

  constructor(stream: AsyncIterable<Buffer>) {
    this.#chunks = stream[Symbol.asyncIterator]()
  }

  /**
   * The next message, whole; undefined when the stream has ended.
   *
   * @throws {RangeError} if its length is none that a message can have.
   */
  async next(kind: 'untyped' | 'typed'): Promise<Buffer | undefined> {
    const lengthAt = kind === 'typed' ? 1 : 0
    if (!(await this.#holds(lengthAt + lengthBytes))) return undefined
    const length = this.#buffer.readUInt32BE(lengthAt)
    if (length < lengthBytes || length > maxMessageBytes) {
      throw new RangeError(`A message cannot have ${length} bytes.`)
    }
    if (!(await this.#holds(lengthAt + length))) return undefined

    const message = this.#buffer.subarray(0, lengthAt + length)
    this.#buffer = this.#buffer.subarray(lengthAt + length)
    return message
  }

  /** Reads on until so many bytes are there; chunks are joined once, however many there are. */
  async #holds(bytes: number): Promise<boolean> {
    const chunks = [this.#buffer]
    let held = this.#buffer.length
    while (held < bytes) {
      const chunk = await this.#chunks.next()
      if (chunk.done === true) return false
      chunks.push(chunk.value)
      held += chunk.value.length
    }
    if (chunks.length > 1) this.#buffer = Buffer.concat(chunks)
    return true
  }
}

/** A message of this type. */
export function message(type: string, ...parts: readonly (string | Uint8Array)[]): Buffer {
  const body = Buffer.concat(parts.map((part) => Buffer.from(part)))
  const head = Buffer.alloc(1 + lengthBytes)
  head.write(type, 0, 'latin1')
  head.writeUInt32BE(lengthBytes + body.length, 1)
  return Buffer.concat([head, body])
}

export function typeOf(whole: Uint8Array): string {
  return String.fromCharCode(whole[0] ?? 0)
}

export function bodyOf(typed: Buffer): Buffer {
  return typed.subarray(1 + lengthBytes)
}

export function query(sql: string): Buffer {
  return message('Q', sql, '\0')
}

export const sync = message('S')

/** What a server says that lets someone in, with the settings that clients rely on. */
export function welcome(settings: ReadonlyMap<string, string>): Buffer {
  const authenticationOk = message('R', new Uint8Array(4))
  const cancelKey = message('K', new Uint8Array(8))
  const parameters = [...settings].map(([name, value]) => message('S', `${name}\0${value}\0`))
  return Buffer.concat([authenticationOk, ...parameters, cancelKey, message('Z', 'I')])
}

/** An error after which the server closes the connection. */
export function fatal(sqlState: string, text: string): Buffer {
  return message('E', `SFATAL\0VFATAL\0C${sqlState}\0M${text}\0\0`)
}

/** The messages of a response, in their order. */
export function* messagesIn(response: Buffer): Generator<Buffer> {
  let at = 0
  while (at < response.length) {
    const end = at + 1 + response.readUInt32BE(at + 1)
    yield response.subarray(at, end)
    at = end
  }
}

/** Whether the response ends a run of statements with no transaction open. */
export function isIdleAfter(response: Buffer): boolean {
  let isIdle = false
  for (const said of messagesIn(response)) {
    isIdle = typeOf(said) === 'Z' && bodyOf(said).toString('latin1') === 'I'
  }
  return isIdle
}
