/** Prometheus' text format, read: as much of it as our own page writes. Pure. */

export type Sample = {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

/** The samples of a page; a line that is none is passed over. */
export function samplesIn(text: string): readonly Sample[] {
  return text.split('\n').flatMap((line) => {
    const [, name, labels = '', number] = linePattern.exec(line) ?? []
    const value = Number(number)
    if (name === undefined || number === undefined || Number.isNaN(value)) return []
    return [{ name, labels: labelsIn(labels), value }]
  })
}

const linePattern = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/

function labelsIn(text: string): Sample['labels'] {
  const labels: Record<string, string> = {}
  for (const [, name = '', value = ''] of text.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)) {
    labels[name] = value.replaceAll(/\\(.)/g, (_, mark: string) => (mark === 'n' ? '\n' : mark))
  }
  return labels
}
