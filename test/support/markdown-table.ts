/** A table of a Markdown page, as its cells. */

/** The rows under a heading row; none if there is no such table. */
export function tableIn(page: string, headings: readonly string[]): readonly (readonly string[])[] {
  const lines = page.split('\n')
  const start = lines.findIndex((line) => isSame(cellsIn(line), headings))
  if (start < 0) return []
  const rows = lines.slice(start + 2)
  const length = rows.findIndex((line) => !line.startsWith('|'))
  return rows.slice(0, length < 0 ? rows.length : length).map(cellsIn)
}

/** A bar within a cell is written with a backslash before it. */
function cellsIn(line: string): readonly string[] {
  return line
    .split(/(?<!\\)\|/)
    .slice(1, -1)
    .map((cell) => cell.trim().replaceAll('\\|', '|'))
}

function isSame(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((cell, place) => cell === other[place])
}
