/** The two bytes that end every answer of the device, by what they say. */

export const statusWords = {
  ok: 0x9000,
  /** Refused by the person at the device. */
  refused: 0x6985,
  /** Malformed data, or calldata while blind signing is off. */
  incorrectData: 0x6a80,
  pathNotAllowed: 0x6a15,
  notEnoughMemory: 0x6a84,
  wrongLength: 0x6a87,
  /** A continuation without a start, or a start in the middle of a message. */
  notAllowed: 0x6980,
  typeNotSupported: 0x6501,
  wrongParameters: 0x6b00,
  unknownInstruction: 0x6d00,
  unknownClass: 0x6e00,
  /** The dashboard: no app is open. */
  appNotOpen: 0x6511,
  locked: 0x5515,
  /** Nano X with older firmware says this when it is locked. */
  lockedOld: 0x6b0c,
  /** The dashboard, asked to open an app: no name, a name that is not installed. */
  noAppName: 0x670a,
  unknownApp: 0x6807,
} as const

/** The bytes of an answer: data, then the status word. */
export function answerOf(status: number, data: Uint8Array = new Uint8Array()): Uint8Array {
  return Uint8Array.of(...data, status >> 8, status & 0xff)
}
