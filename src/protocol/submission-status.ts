/** The words for a call of ours on chain: which it is, how far it has come, under which hash. */

import { z } from 'zod'

/** The contract's calls that a bridge makes. */
export const submissionKindSchema = z.enum(['submit1', 'submit2', 'submitSignatures'])
export type SubmissionKind = z.infer<typeof submissionKindSchema>

/** How far a call has come; `missed` is one whose window closed before it could be sent. */
export const submissionStatusSchema = z.enum(['sent', 'confirmed', 'failed', 'missed'])
export type SubmissionStatus = z.infer<typeof submissionStatusSchema>

/** 32 bytes in lower-case hex: of a transaction, or of whatever else is told apart by a hash. */
export const hashSchema = z.templateLiteral(['0x', z.string().regex(/^[0-9a-f]{64}$/)])
