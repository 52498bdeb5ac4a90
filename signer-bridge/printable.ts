/**
 * Text of others' making as a terminal may have it: nothing in it moves the cursor, turns the writing
 * round or hides, and there is only so much of it. Pure.
 */

/**
 * C0 and C1 controls, DEL; marks that turn the direction, that take no room, that separate lines or
 * tag; and halves of characters.
 */
const unprintable =
  // oxlint-disable-next-line no-control-regex -- Those are what is looked for.
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}\p{Surrogate}]/gu

/** What only parts words is a space. */
const spaces = /[\t\n\r]+/g

/** One line, with what is unprintable spelled out, and cut where it is longer than `most` characters. */
export function printable(text: string, most: number): string {
  // Cut first, so that the work is bounded, and again since what is spelled out grows.
  const spelled = text.slice(0, most).replace(spaces, ' ').replace(unprintable, codeOf)
  return text.length > most || spelled.length > most ? `${spelled.slice(0, most - 1)}…` : spelled
}

/** More than any message that is meant. */
const maxLines = 100
const maxLine = 2_000

/** The same, line by line: of a message of our own that has text of others in it. */
export function printableLines(text: string): string {
  return text
    .split('\n')
    .slice(0, maxLines)
    .map((line) => printable(line, maxLine))
    .join('\n')
}

function codeOf(character: string): string {
  return `\\u{${character.codePointAt(0)?.toString(16) ?? ''}}`
}
