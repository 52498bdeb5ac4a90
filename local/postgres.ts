/**
 * A Postgres on one machine without a server: PGlite, spoken to over TCP like any other, so that
 * psql, pg and migration tools work.
 *
 *     node local/postgres.ts --port 5433 --data .local/postgres
 *
 * PGlite is one session that connections use by turns: a transaction of one keeps the others
 * waiting, and settings made with SET are common to all. Any user, password and database name will
 * do. Prints its address as one JSON line when it answers, and ends at SIGINT or SIGTERM, or with
 * the process that started it if that one keeps a channel to it.
 *
 * Not `@electric-sql/pglite-socket`: with version 0.2.17 a single `\copy … from` of psql ends PGlite
 * and leaves every connection waiting for ever, and two connections cannot prepare statements of
 * the same name (seen 2026-11-22).
 */

import { existsSync } from 'node:fs'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { PGlite } from '@electric-sql/pglite'
import { lockDirectory } from './directory-lock.ts'
import { serve } from './postgres/connection.ts'
import { Session } from './postgres/session.ts'
import { portOf, runIfMain } from './stand-in.ts'

export type LocalPostgres = {
  readonly databaseUrl: string
  readonly port: number
  /** Ends all connections and closes the database. What is committed stays in the directory. */
  readonly stop: () => Promise<void>
}

/** More than the Worker, psql and a test suite open together. */
const maxConnections = 100

/**
 * Starts a Postgres on the loopback interface.
 *
 * @param options.port 0 takes any free port.
 * @param options.dataDir Made if missing; without one the database lives in memory.
 * @param options.onDeath Hears that PGlite ended by itself. Nothing is answered after that.
 * @throws {Error} if the port is taken or the directory in use.
 */
export async function startPostgres(options: {
  readonly port: number
  readonly dataDir?: string
  readonly onDeath?: () => void
}): Promise<LocalPostgres> {
  const unlock = options.dataDir === undefined ? undefined : await lockDirectory(options.dataDir)
  const session = await Session.open(await open(options.dataDir), () => options.onDeath?.())
  const gate = openGate(session)
  const stop = async () => {
    await gate.close()
    await session.close()
    await unlock?.()
  }
  try {
    gate.server.listen(options.port, '127.0.0.1')
    await once(gate.server, 'listening')
  } catch (error) {
    await stop()
    throw error
  }

  const address = gate.server.address()
  if (address === null || typeof address === 'string') throw new Error('Expected a TCP address.')
  return {
    databaseUrl: `postgres://postgres:postgres@127.0.0.1:${address.port}/postgres`,
    port: address.port,
    stop,
  }
}

/** Who comes is served; closing waits until everyone who was served has been tidied up after. */
function openGate(session: Session) {
  const sockets = new Map<Socket, Promise<void>>()
  let lastId = 0
  const server = createServer({ noDelay: true }, (socket) => {
    lastId += 1
    // A socket that breaks ends its reader, which is where it is noticed.
    socket.on('error', () => {})
    const served = serve(socket, session, lastId).finally(() => sockets.delete(socket))
    sockets.set(socket, served)
  })
  server.maxConnections = maxConnections
  const close = async () => {
    server.close()
    for (const socket of sockets.keys()) socket.destroy()
    await Promise.all(sockets.values())
  }
  return { server, close }
}

/** A directory whose making was interrupted is no database; the mark beside it tells. */
async function open(dataDir: string | undefined): Promise<PGlite> {
  if (dataDir === undefined) return await PGlite.create()

  const directory = resolve(dataDir)
  const unfinished = `${directory}.unfinished`
  if (existsSync(unfinished)) await rm(directory, { recursive: true, force: true })
  if (!existsSync(directory)) {
    await mkdir(directory, { recursive: true })
    await writeFile(unfinished, '')
  }
  const db = await PGlite.create(directory)
  await rm(unfinished, { force: true })
  return db
}

await runIfMain(import.meta.url, 'Postgres', async () => {
  const { values } = parseArgs({
    options: {
      port: { type: 'string', default: '5433' },
      data: { type: 'string', default: '.local/postgres' },
    },
  })
  const onDeath = () => {
    process.stderr.write('The Postgres stand-in has ended: PGlite did.\n', () => process.exit(1))
  }
  const { databaseUrl, port, stop } = await startPostgres({
    port: portOf(values.port),
    dataDir: values.data,
    onDeath,
  })
  return { address: { url: databaseUrl, port }, stop }
})
