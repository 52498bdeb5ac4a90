/**
 * Reads what a server says that may be newer than we are: what it adds is left out, so that a page
 * built last month still works. All else has to be as the schema has it.
 */

import type { z } from 'zod'

/** `safeParse`, but for keys that a strict schema does not know. Takes them out of `json`. */
export function parseTolerantly<S extends z.ZodType>(
  schema: S,
  json: unknown,
): z.ZodSafeParseResult<z.output<S>> {
  const parsed = schema.safeParse(json)
  const issues = parsed.error?.issues ?? []
  const unknown = issues.flatMap((issue) => (issue.code === 'unrecognized_keys' ? [issue] : []))
  if (unknown.length === 0 || unknown.length < issues.length) return parsed
  for (const { path, keys } of unknown) removeKeys(json, path, keys)
  return schema.safeParse(json)
}

function removeKeys(json: unknown, path: readonly PropertyKey[], keys: readonly string[]): void {
  let at: unknown = json
  for (const step of path) at = isKeyed(at) ? at[step] : undefined
  if (!isKeyed(at)) return
  for (const key of keys) delete at[key]
}

function isKeyed(value: unknown): value is Record<PropertyKey, unknown> {
  return typeof value === 'object' && value !== null
}
