/** One published vector, and what becomes of it when `src/protocol` computes it. */

export type VectorCase = {
  readonly name: string
  readonly published: unknown
  /** Computes the same; what it throws is taken for its value. */
  readonly ours: () => unknown
}

export type Verdict = {
  readonly name: string
  readonly isOk: boolean
  /** Both as text, in one spelling. */
  readonly published: string
  readonly ours: string
}

/** Computes a vector and compares. */
export async function verdictOf({ name, published, ours }: VectorCase): Promise<Verdict> {
  const wanted = textOf(published)
  const got = await textOfOurs(ours)
  return { name, isOk: wanted === got, published: wanted, ours: got }
}

/** JSON, in which big integers are decimal strings and what is absent is left out. */
export function textOf(value: unknown): string {
  const text = JSON.stringify(value, (_key, each: unknown) =>
    typeof each === 'bigint' ? each.toString() : each,
  )
  return text ?? 'nothing'
}

async function textOfOurs(ours: () => unknown): Promise<string> {
  try {
    return textOf(await ours())
  } catch (error) {
    return `threw ${error instanceof Error ? `${error.name}: ${error.message}` : String(error)}`
  }
}
