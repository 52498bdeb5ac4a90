/** How a command of housekeeping ended, for whoever called it. 1 is every error, as elsewhere. */

export const exitCodes = {
  /** On chain and final, or there was nothing to do. */
  done: 0,
  /** Sent, and not final in the time that a person waits: the same command follows it. */
  pending: 3,
  /** A person said no, at the terminal or at the device; nothing was sent. */
  declined: 4,
  /** Nothing can be done now: registration is not open yet, or over. */
  idle: 6,
  /** On chain and reverted, or its nonce is another transaction's. */
  failed: 5,
} as const
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes]
