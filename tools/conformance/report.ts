/** What a run is told as: a line for each vector, then counts. */

import type { Conformance, FileVerdict } from './conformance.ts'

/** Longest value in a line, characters; a proof or a policy would fill the screen. */
const maxValueLength = 400

/** The whole report, without a line end behind it. */
export function reportText({ verdicts, unknown, absent }: Conformance): string {
  const differing = verdicts.filter(({ isOk }) => !isOk).length
  return [
    ...verdicts.map(lineOf),
    ...unknown.map((file) => `unknown  ${file}  nothing here reads it`),
    ...absent.map((file) => `absent   ${file}  known, and not in the folder`),
    '',
    ...countsOf(verdicts),
    `${verdicts.length} vectors: ${verdicts.length - differing} ok, ${differing} differ; ` +
      `${unknown.length} unknown files, ${absent.length} absent`,
  ].join('\n')
}

function lineOf({ file, name, isOk, published, ours }: FileVerdict): string {
  return isOk
    ? `ok       ${file}  ${name}`
    : `differs  ${file}  ${name}: published ${short(published)}, ours ${short(ours)}`
}

function countsOf(verdicts: readonly FileVerdict[]): readonly string[] {
  const byFile = Map.groupBy(verdicts, ({ file }) => file)
  return [...byFile].map(([file, each]) => {
    const ok = each.filter(({ isOk }) => isOk).length
    return `${file}: ${ok} of ${each.length} ok`
  })
}

function short(value: string): string {
  return value.length <= maxValueLength ? value : `${value.slice(0, maxValueLength)}…`
}
