/**
 * Keeps two processes out of one directory. The lock is a listening socket, so the kernel lets go of
 * it however its holder ends; a file with a process id would outlive a kill and lock us out.
 */

import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { rm } from 'node:fs/promises'
import { connect, createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

/**
 * Takes the directory for this process.
 *
 * @returns A function that gives it back.
 * @throws {Error} in one sentence, if another process holds it.
 */
export async function lockDirectory(directory: string): Promise<() => Promise<void>> {
  // A socket's path may have about a hundred bytes, so the directory's own is too long for it.
  const digest = createHash('sha256').update(resolve(directory)).digest('hex').slice(0, 24)
  const path = join(tmpdir(), `chrono-${digest}.lock`)

  const server = (await listen(path)) ?? (await replaceStale(path))
  if (server === undefined) throw new Error(`${directory} is in use by another process.`)
  server.unref()
  return async () => {
    const closed = once(server, 'close')
    server.close()
    await closed
  }
}

async function listen(path: string): Promise<Server | undefined> {
  const server = createServer((socket) => socket.destroy())
  try {
    server.listen(path)
    await once(server, 'listening')
    return server
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') return undefined
    throw error
  }
}

/** A killed holder leaves the socket's name behind, but nobody answers under it. */
async function replaceStale(path: string): Promise<Server | undefined> {
  const socket = connect(path)
  try {
    await once(socket, 'connect')
    return undefined
  } catch {
    // Refused: the name is left over.
    await rm(path, { force: true })
    return await listen(path)
  } finally {
    socket.destroy()
  }
}
