/**
 * Vectors that the authors of the protocol's other implementations published. They lie beside the
 * repository and are no part of it; each file names the source that it was taken from.
 */

import { existsSync, readFileSync } from 'node:fs'
import type { z } from 'zod'

export const vectorsFolder = new URL('../../../shared/vectors/', import.meta.url)

/** Where the folder is not there, its tests say so and the literals elsewhere stand alone. */
export const vectorsAreHere = existsSync(vectorsFolder)

/** The parsed content of one file of the folder. */
export function publishedVectors<Schema extends z.ZodType>(
  name: string,
  schema: Schema,
): z.infer<Schema> {
  return schema.parse(JSON.parse(readFileSync(new URL(name, vectorsFolder), 'utf8')))
}
