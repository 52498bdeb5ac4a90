/** What the equal answers of several nodes to one question come to. Pure. */

export type Agreed<T> =
  /** Two or more say it, and nobody else as many; or there is but one node to ask. */
  | { readonly kind: 'agreed'; readonly answer: T }
  /** One alone answers, of several. */
  | { readonly kind: 'alone'; readonly answer: T }
  /** Nobody can say who is right, or nobody answers. */
  | { readonly kind: 'split' }

/** @param members How many nodes were asked. */
export function agreedAmong<T>(told: readonly T[], members: number): Agreed<T> {
  const groups = new Map<string, T[]>()
  for (const answer of told) {
    const name = JSON.stringify(answer)
    groups.set(name, [...(groups.get(name) ?? []), answer])
  }
  const [most = [], second = []] = [...groups.values()].toSorted((a, b) => b.length - a.length)
  const [answer] = most
  if (answer === undefined) return { kind: 'split' }
  if (told.length === 1) return { kind: members > 1 ? 'alone' : 'agreed', answer }
  return most.length > 1 && most.length > second.length
    ? { kind: 'agreed', answer }
    : { kind: 'split' }
}
