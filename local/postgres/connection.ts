/**
 * One client of the bridge: lets it in, gathers its messages into runs that PGlite can answer at
 * once, and tidies up after it.
 */

import { Buffer } from 'node:buffer'
import type { Socket } from 'node:net'
import type { Session } from './session.ts'
import { StatementNames } from './statement-names.ts'
import {
  bodyOf,
  fatal,
  isIdleAfter,
  maxMessageBytes,
  message,
  MessageReader,
  messagesIn,
  query,
  sync,
  typeOf,
  welcome,
} from './wire.ts'

/** Someone who leaves a transaction open keeps all others waiting; after this long it is ended. */
const idleInTransactionMs = 60_000

/** Codes in place of a protocol version. */
const sslRequest = 80_877_103
const gssRequest = 80_877_104
const protocolMajor = 3

/** After these the server answers: Query, Sync, Flush, FunctionCall. */
const runEnds = new Set(['Q', 'S', 'H', 'F'])

/** Serves a client until it leaves. Never throws. */
export async function serve(socket: Socket, session: Session, id: number): Promise<void> {
  const connection = new Connection(socket, session, id)
  try {
    await connection.run()
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    if (socket.writable) socket.write(fatal('08P01', reason))
  } finally {
    socket.destroySoon()
    await connection.tidy()
  }
}

class Connection {
  readonly #socket: Socket
  readonly #session: Session
  readonly #reader: MessageReader
  readonly #names: StatementNames
  #passTurnOn: (() => void) | undefined

  constructor(socket: Socket, session: Session, id: number) {
    this.#socket = socket
    this.#session = session
    this.#reader = new MessageReader(socket)
    this.#names = new StatementNames(id)
  }

  async run(): Promise<void> {
    if (!(await this.#isLetIn())) return
    let run = await this.#nextRun()
    while (run !== undefined) {
      this.#passTurnOn ??= await this.#session.turn()
      const response = await this.#session.answerTo(run)
      if (isIdleAfter(response)) this.#giveTurnBack()
      await this.#say(copyingBegan(run) ? withoutCopyIn(response) : response)
      run = await this.#nextRun()
    }
  }

  /** Takes back what was left open, and what the session would remember of this client. */
  async tidy(): Promise<void> {
    try {
      this.#passTurnOn ??= await this.#session.turn()
      const steps = [sync, query('ROLLBACK'), this.#names.forget(), query('RESET ALL')]
      for (const step of steps) await this.#session.answerTo(step)
    } catch {
      // PGlite has ended, and with it everything there was to tidy; its owner has been told.
    } finally {
      this.#giveTurnBack()
    }
  }

  /** Whoever knocks is let in, under any name; encryption is declined. */
  async #isLetIn(): Promise<boolean> {
    for (;;) {
      const knock = await this.#reader.next('untyped')
      if (knock === undefined || knock.length < 8) return false
      const code = knock.readUInt32BE(4)
      if (code >>> 16 === protocolMajor) break
      // Anything else is a request to cancel, which PGlite cannot, and which wants no answer.
      if (code !== sslRequest && code !== gssRequest) return false
      await this.#say(Buffer.from('N'))
    }
    await this.#say(welcome(this.#session.settings))
    return true
  }

  /** Messages up to one that is answered, or undefined when the client leaves. */
  async #nextRun(): Promise<Buffer | undefined> {
    const run: Buffer[] = []
    let bytes = 0
    for (;;) {
      const next = await this.#nextMessage()
      if (next === undefined || typeOf(next) === 'X') return undefined
      bytes += next.length
      if (bytes > maxMessageBytes) throw new RangeError(`A run exceeds ${maxMessageBytes} bytes.`)
      run.push(this.#names.ownedBy(next))

      // PGlite ends if it has to wait for the rows of a COPY, so it gets them with the statement.
      if (copyingBegan(next)) await this.#say(message('G', new Uint8Array(3)))
      else if (runEnds.has(typeOf(next)) || isCopyEnd(next)) return Buffer.concat(run)
    }
  }

  async #nextMessage(): Promise<Buffer | undefined> {
    if (this.#passTurnOn === undefined) return await this.#reader.next('typed')
    const timer = setTimeout(() => {
      this.#socket.write(fatal('25P03', 'A transaction was left open and has been ended.'))
      this.#socket.destroySoon()
    }, idleInTransactionMs)
    try {
      return await this.#reader.next('typed')
    } finally {
      clearTimeout(timer)
    }
  }

  #giveTurnBack(): void {
    this.#passTurnOn?.()
    this.#passTurnOn = undefined
  }

  /** Done when the bytes have left, or cannot. */
  async #say(bytes: Buffer): Promise<void> {
    await new Promise<void>((resolve) => this.#socket.write(bytes, () => resolve()))
  }
}

function copyingBegan(first: Buffer): boolean {
  return (
    typeOf(first) === 'Q' &&
    /^\s*copy\s[^;]*\sfrom\s+stdin\b/i.test(bodyOf(first).toString('utf8', 0, 10_000))
  )
}

/** CopyDone or CopyFail. */
function isCopyEnd(next: Buffer): boolean {
  return typeOf(next) === 'c' || typeOf(next) === 'f'
}

function withoutCopyIn(response: Buffer): Buffer {
  return Buffer.concat([...messagesIn(response)].filter((said) => typeOf(said) !== 'G'))
}
