/** What the replay says for itself, beside its venues: who is here, how they feel, what ails them. */

import { z } from 'zod'
import type { Replay, ReplayRequest } from './replay.ts'
import { ok, type Reply } from './venue.ts'

/** What is said of the tape is below this name; no venue has it. */
const tapeRoom = '/tape'

/** Answers `GET /`, `GET /control`, `POST /control`, `POST /control/{venue}`, `POST /control/tape`. */
export function controlReply(
  replay: Replay,
  baseUrls: Readonly<Record<string, string>>,
  room: string,
  { method, path, body }: ReplayRequest,
): Reply {
  const asked = `${method} /${room}`
  if (asked === 'GET /') return ok(listOf(replay, baseUrls))
  if (asked === 'GET /control' && path === '/') return ok(stateOf(replay))
  if (asked !== 'POST /control') return nothingHere

  try {
    return isSet(replay, path, body ?? {}) ? ok(stateOf(replay)) : nothingHere
  } catch (error) {
    if (!(error instanceof z.ZodError)) throw error
    return { status: 400, body: { error: z.prettifyError(error) } }
  }
}

function isSet(replay: Replay, path: string, body: unknown): boolean {
  if (path !== tapeRoom) return replay.setFault(path === '/' ? undefined : path.slice(1), body)
  replay.setPegs(body)
  return true
}

function stateOf(replay: Replay) {
  return { ...replay.faults(), tape: { pegs: replay.pegs() } }
}

function listOf({ venues }: Replay, baseUrls: Readonly<Record<string, string>>) {
  const exchanges = venues.map(({ name, markets }) => [
    name,
    { base_url: baseUrls[name], markets: markets.length },
  ])
  return { mode: 'replay', exchanges: Object.fromEntries(exchanges) }
}

const nothingHere: Reply = { status: 404, body: { error: 'There is nothing here.' } }
