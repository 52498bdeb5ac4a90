/** A voting round as a path or a query names it. */

import { votingRoundIdSchema } from '../protocol/bridge-wire.ts'
import type { ApiContext } from './answer.ts'
import { ApiError } from './problem.ts'

/** The round that the path's `{id}` names. @throws {ApiError} `request-malformed` if it is none. */
export function roundIdOf(context: ApiContext): number {
  return readRoundId('id', context.req.param('id') ?? '')
}

/** @throws {ApiError} `request-malformed`, naming the parameter. */
export function readRoundId(name: string, text: string): number {
  const id = /^\d{1,10}$/.test(text) ? votingRoundIdSchema.safeParse(Number(text)) : undefined
  if (id?.success !== true) {
    throw new ApiError('request-malformed', `"${name}" is the number of a voting round.`)
  }
  return id.data
}
