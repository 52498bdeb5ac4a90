/** A folder of published vectors, computed by `src/protocol` and compared. */

import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { ConformanceError } from './conformance-error.ts'
import { type VectorCase, type Verdict, verdictOf } from './vector-case.ts'
import { type CasesOf, textFile, vectorFiles } from './vector-files.ts'

export type FileVerdict = Verdict & { readonly file: string }

export type Conformance = {
  /** By file, in the order of names; within it in the order of the vectors. */
  readonly verdicts: readonly FileVerdict[]
  /** What the folder holds and nothing here reads. */
  readonly unknown: readonly string[]
  /** What the folder could hold and does not. */
  readonly absent: readonly string[]
}

/** A folder of more entries is another folder. */
const maxEntries = 1_000
const maxFileBytes = 64 * 1_024 * 1_024

/**
 * Runs all vectors of a folder.
 *
 * @param files By name, who makes cases of their content.
 * @throws {ConformanceError} `folder-missing`, `folder-too-large`, or `no-vectors` if none of the
 *   files is known.
 */
export async function conformanceOf(
  folder: string,
  files: ReadonlyMap<string, CasesOf> = vectorFiles,
): Promise<Conformance> {
  const present = entriesOf(folder)
  const verdicts: FileVerdict[] = []
  for (const [file, casesOf] of files) {
    if (!present.includes(file)) continue
    for (const each of casesOfFile(join(folder, file), casesOf)) {
      verdicts.push({ file, ...(await verdictOf(each)) })
    }
  }
  if (verdicts.length === 0) {
    throw new ConformanceError('no-vectors', `There are no known vectors in ${folder}.`)
  }
  return {
    verdicts,
    unknown: present.filter((file) => file !== textFile && !files.has(file)),
    absent: [...files.keys()].filter((file) => !present.includes(file)),
  }
}

/** A file that cannot be read, or is not what it was, is a vector that differs. */
function casesOfFile(path: string, casesOf: CasesOf): readonly VectorCase[] {
  try {
    const { size } = statSync(path)
    if (size > maxFileBytes) throw new Error(`It has ${size} bytes.`)
    return casesOf(JSON.parse(readFileSync(path, 'utf8')))
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error)
    return [{ name: 'the file', published: 'vectors', ours: () => problem }]
  }
}

function entriesOf(folder: string): readonly string[] {
  const entries = readdirOf(folder).toSorted()
  if (entries.length > maxEntries) {
    throw new ConformanceError('folder-too-large', `${folder} has ${entries.length} entries.`)
  }
  return entries
}

function readdirOf(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
  } catch (cause) {
    throw new ConformanceError('folder-missing', `There is no folder ${folder} to be read.`, {
      cause,
    })
  }
}
