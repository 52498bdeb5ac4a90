/** The command: its arguments, what it prints, how it ends. */

import { OracleError } from '../../src/protocol/errors.ts'
import { conformanceOf } from './conformance.ts'
import { ConformanceError } from './conformance-error.ts'
import { reportText } from './report.ts'

export type Ending = {
  /** What is printed, with a line end behind it. */
  readonly stdout: string
  readonly stderr: string
  /** 0 if every vector is as published. */
  readonly exitCode: 0 | 1
}

/** Runs the vectors of the one folder that the arguments name. */
export async function endingOf(args: readonly string[]): Promise<Ending> {
  try {
    const conformance = await conformanceOf(folderOf(args))
    const isOk = conformance.verdicts.every((verdict) => verdict.isOk)
    return { stdout: `${reportText(conformance)}\n`, stderr: '', exitCode: isOk ? 0 : 1 }
  } catch (error) {
    if (!(error instanceof OracleError)) throw error
    return { stdout: '', stderr: `${error.message}\n`, exitCode: 1 }
  }
}

function folderOf([folder, ...more]: readonly string[]): string {
  if (folder === undefined || more.length > 0) {
    throw new ConformanceError('option-malformed', 'Name one folder: npm run conformance -- FOLDER')
  }
  return folder
}
