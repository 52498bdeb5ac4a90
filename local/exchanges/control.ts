/** What the replay says for itself, beside its venues: who is here, how they feel, what ails them. */

import { z } from 'zod'
import type { Replay, ReplayRequest } from './replay.ts'
import { ok, type Reply } from './venue.ts'

/** Answers `GET /`, `GET /control`, `POST /control` and `POST /control/{venue}`. */
export function controlReply(
  replay: Replay,
  baseUrls: Readonly<Record<string, string>>,
  room: string,
  { method, path, body }: ReplayRequest,
): Reply {
  const asked = `${method} /${room}`
  if (asked === 'GET /') return ok(listOf(replay, baseUrls))
  if (asked === 'GET /control' && path === '/') return ok(replay.faults())
  if (asked !== 'POST /control') return nothingHere

  try {
    const known = replay.setFault(path === '/' ? undefined : path.slice(1), body ?? {})
    return known ? ok(replay.faults()) : nothingHere
  } catch (error) {
    if (!(error instanceof z.ZodError)) throw error
    return { status: 400, body: { error: z.prettifyError(error) } }
  }
}

function listOf({ venues }: Replay, baseUrls: Readonly<Record<string, string>>) {
  const exchanges = venues.map(({ name, markets }) => [
    name,
    { base_url: baseUrls[name], markets: markets.length },
  ])
  return { mode: 'replay', exchanges: Object.fromEntries(exchanges) }
}

const nothingHere: Reply = { status: 404, body: { error: 'There is nothing here.' } }
