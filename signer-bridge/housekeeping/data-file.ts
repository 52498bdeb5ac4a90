/** A file of somebody else's making, read from one descriptor: only a plain one, and only so much of it. */

import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs'
import { HouseError } from './house-error.ts'

/** At a time. */
const chunkBytes = 1_000_000

/**
 * The text of a file. What it is and how long is asked of what was opened, not of its name: a device
 * or a pipe never ends, and a name may lead elsewhere a moment later.
 *
 * @throws {HouseError} `data-unreadable`
 */
export function textOf(file: string, mostBytes: number): string {
  const unreadable = (why: string, cause?: unknown) =>
    new HouseError('data-unreadable', `${file}: ${why}`, { cause })
  let descriptor: number | undefined
  try {
    // Without waiting: nobody may ever write to a pipe.
    descriptor = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK)
    if (!fstatSync(descriptor).isFile()) throw unreadable('It is no file.')
    const parts: Buffer[] = []
    let bytes = 0
    for (;;) {
      const part = Buffer.alloc(chunkBytes)
      const read = readSync(descriptor, part)
      if (read === 0) return Buffer.concat(parts).toString('utf8')
      bytes += read
      if (bytes > mostBytes) throw unreadable(`It is longer than ${mostBytes} bytes.`)
      parts.push(part.subarray(0, read))
    }
  } catch (error) {
    if (error instanceof HouseError) throw error
    throw unreadable('It cannot be read.', error)
  } finally {
    if (descriptor !== undefined) closeSync(descriptor)
  }
}
