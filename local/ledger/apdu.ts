/** The envelope of a command: CLA INS P1 P2, then a length and just as much data. */

export type Apdu = {
  readonly cla: number
  readonly ins: number
  readonly p1: number
  readonly p2: number
  readonly data: Uint8Array
}

const headerBytes = 4

/** The command in an envelope; undefined if its length is not what it says. */
export function apduOf(bytes: Uint8Array): Apdu | undefined {
  const [cla, ins, p1, p2, length] = bytes
  if (cla === undefined || ins === undefined || p1 === undefined || p2 === undefined)
    return undefined

  const data = bytes.slice(headerBytes + 1)
  // Four bytes alone are a command without data.
  return data.length === (length ?? 0) ? { cla, ins, p1, p2, data } : undefined
}
