/**
 * Redis's patterns for keys: `*`, `?`, `[abc]`, `[^a-z]` and a backslash before what is meant
 * literally. Letters here are UTF-16 code units, where Redis counts bytes.
 */

/** Whether a text matches a pattern from its beginning to its end. */
export function globMatcher(pattern: string): (text: string) => boolean {
  let source = ''
  let at = 0
  while (at < pattern.length) {
    const letter = pattern.charAt(at)
    if (letter === '[') {
      const set = letterSet(pattern, at + 1)
      source += set.source
      at = set.endsAt
    } else if (letter === '\\' && at + 1 < pattern.length) {
      source += literal(pattern.charAt(at + 1))
      at += 2
    } else {
      source += letter === '*' ? '.*' : letter === '?' ? '.' : literal(letter)
      at++
    }
  }
  // Repeated stars mean one, and would cost time by the power of their number.
  const regex = new RegExp(`^${source.replace(/(?:\.\*)+/g, '.*')}$`, 's')
  return (text) => regex.test(text)
}

/** A piece of a pattern as a regular expression, and where the next piece begins. */
type Piece = { readonly source: string; readonly endsAt: number }

/** A set of letters from behind its opening bracket; the end of the pattern closes it, too. */
function letterSet(pattern: string, from: number): Piece {
  const negated = pattern.charAt(from) === '^'
  let at = negated ? from + 1 : from
  let members = ''
  while (at < pattern.length && pattern.charAt(at) !== ']') {
    const member = memberAt(pattern, at)
    members += member.source
    at = member.endsAt
  }
  return { source: `[${negated ? '^' : ''}${members}]`, endsAt: at + 1 }
}

/** One member of a set: a letter, an escaped letter, or a range, which may run backwards. */
function memberAt(pattern: string, at: number): Piece {
  const [letter, next, afterNext] = [at, at + 1, at + 2].map((i) => pattern.charAt(i))
  if (letter === '\\' && next) return { source: literal(next), endsAt: at + 2 }
  if (!letter || next !== '-' || !afterNext)
    return { source: literal(letter ?? ''), endsAt: at + 1 }

  const [low, high] = letter < afterNext ? [letter, afterNext] : [afterNext, letter]
  return { source: `${literal(low)}-${literal(high)}`, endsAt: at + 3 }
}

/** A letter by its number, which means itself everywhere in a regular expression. */
function literal(letter: string): string {
  return `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`
}
