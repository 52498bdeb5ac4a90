/** How many entries of a list a query asks for. */

import { z } from 'zod'
import { defaultListed, maxListed } from '../protocol/wire-rest.ts'
import type { ApiContext } from './answer.ts'
import { ApiError } from './problem.ts'

/** For the document: the parameter. */
export const limitParameter = z
  .int()
  .min(1)
  .max(maxListed)
  .optional()
  .meta({ description: `At most ${maxListed}; ${defaultListed} without it.` })

/** @throws {ApiError} `request-malformed` */
export function pageSizeOf(context: ApiContext): number {
  const text = context.req.query('limit')
  if (text === undefined) return defaultListed
  const size = /^\d{1,3}$/.test(text) ? Number(text) : 0
  if (size < 1 || size > maxListed) {
    throw new ApiError('request-malformed', `"limit" is a number from 1 to ${maxListed}.`)
  }
  return size
}
