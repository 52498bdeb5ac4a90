/**
 * The stand-in's memory: keys with a value and, perhaps, an end. A key whose end has passed is gone
 * for everyone who looks; its memory is taken back when it is looked at or when room is needed.
 */

import { CommandError } from './command-error.ts'

/** More keys than this are refused: a machine of one developer, not a data centre. */
export const maxKeys = 200_000

/** `expiresAtMs`, in Unix milliseconds, is the last instant at which the key is there. */
type Ending = { readonly expiresAtMs?: number }

export type StringEntry = { readonly kind: 'string'; readonly value: string } & Ending
export type HashEntry = { readonly kind: 'hash'; readonly fields: Map<string, string> } & Ending
export type Entry = StringEntry | HashEntry

export class Keyspace {
  readonly #entries = new Map<string, Entry>()
  readonly #maxKeys: number

  constructor(limit = maxKeys) {
    this.#maxKeys = limit
  }

  /** The entry of a key that is there. */
  get(key: string, nowMs: number): Entry | undefined {
    const entry = this.#entries.get(key)
    if (entry === undefined || !hasEnded(entry, nowMs)) return entry
    this.#entries.delete(key)
    return undefined
  }

  /**
   * The entry of a key that holds a string.
   *
   * @throws {CommandError} `WRONGTYPE` if it holds something else.
   */
  string(key: string, nowMs: number): StringEntry | undefined {
    const entry = this.get(key, nowMs)
    if (entry === undefined || entry.kind === 'string') return entry
    throw wrongType()
  }

  /**
   * The entry of a key that holds a hash.
   *
   * @throws {CommandError} `WRONGTYPE` if it holds something else.
   */
  hash(key: string, nowMs: number): HashEntry | undefined {
    const entry = this.get(key, nowMs)
    if (entry === undefined || entry.kind === 'hash') return entry
    throw wrongType()
  }

  /**
   * Replaces a key's value and its end.
   *
   * @throws {CommandError} `OOM` if the key is new and there is no room for one more.
   */
  set(key: string, entry: Entry, nowMs: number): void {
    if (this.#entries.size >= this.#maxKeys && !this.#entries.has(key)) {
      this.#sweep(nowMs)
      if (this.#entries.size >= this.#maxKeys) throw outOfMemory()
    }
    this.#entries.set(key, entry)
  }

  /** Whether the key was there. */
  delete(key: string, nowMs: number): boolean {
    return this.get(key, nowMs) !== undefined && this.#entries.delete(key)
  }

  clear(): void {
    this.#entries.clear()
  }

  /** All that is there, in the order in which it came. */
  entries(nowMs: number): ReadonlyMap<string, Entry> {
    this.#sweep(nowMs)
    return this.#entries
  }

  #sweep(nowMs: number): void {
    for (const [key, entry] of this.#entries) {
      if (hasEnded(entry, nowMs)) this.#entries.delete(key)
    }
  }
}

/** The same entry with another end, or with none. */
export function endingAt(entry: Entry, expiresAtMs: number | undefined): Entry {
  const { expiresAtMs: _former, ...lasting } = entry
  return expiresAtMs === undefined ? lasting : { ...lasting, expiresAtMs }
}

/** What a full memory answers. */
export function outOfMemory(): CommandError {
  return new CommandError("OOM command not allowed when used memory > 'maxmemory'.")
}

function hasEnded(entry: Entry, nowMs: number): boolean {
  return entry.expiresAtMs !== undefined && nowMs > entry.expiresAtMs
}

function wrongType(): CommandError {
  return new CommandError('WRONGTYPE Operation against a key holding the wrong kind of value')
}
