/** The claiming of a call: what it says is fixed, and its sender bound to all of it, in one go. */

import type { Hex } from 'viem'
import { lowerCase } from '../../src/protocol/address.ts'
import { protocolIds } from '../../src/protocol/payload.ts'
import type { BoundDigest, OwnCall } from '../call.ts'
import { type BindingName, bindTo } from './bindings.ts'
import { boundKindOf, callSql, callValues, plan } from './calls.ts'
import { type Database, JournalError } from './database.ts'

/**
 * Fixes what a call says and binds its sender to all of it, within a transaction of the caller's.
 * A vote's commit and reveal must have been bound when it was prepared.
 *
 * @throws {JournalError} `digest-conflict`, `below-watermark`; `calldata-differs` if it was claimed
 *   with other calldata
 */
export function claimCall(
  database: Database,
  call: OwnCall,
  said: { readonly calldata: Hex; readonly digests: readonly BoundDigest[]; readonly atMs: number },
): void {
  const kind = boundKindOf[call.kind]
  for (const { protocolId, digest } of said.digests) {
    const name: BindingName = { ...call, kind, protocolId }
    if (protocolId === protocolIds.ftso && kind !== 'sigtx') refuseUnbound(database, name)
    bindTo(database, { ...name, digest }, said.atMs)
    database.run(
      `UPDATE signing SET part = ? WHERE signer = ? AND kind = ? AND protocol_id = ?
       AND voting_round_id = ? AND part IS NULL`,
      [call.part, lowerCase(call.signer), kind, protocolId, call.votingRoundId],
    )
  }
  plan(database, call)
  database.run(`UPDATE call SET calldata = ? WHERE ${callSql} AND calldata IS NULL`, [
    said.calldata,
    ...callValues(call),
  ])
  const same = database.all(`SELECT 1 FROM call WHERE ${callSql} AND calldata = ?`, [
    ...callValues(call),
    said.calldata,
  ])
  if (same.length === 1) return
  throw new JournalError(
    'calldata-differs',
    `The ${call.kind} of round ${call.votingRoundId} says something else already.`,
  )
}

function refuseUnbound(
  { all }: Database,
  { signer, kind, protocolId, votingRoundId }: BindingName,
) {
  const bound = all(
    `SELECT 1 FROM binding
     WHERE signer = ? AND kind = ? AND protocol_id = ? AND voting_round_id = ?`,
    [lowerCase(signer), kind, protocolId, votingRoundId],
  )
  if (bound.length === 1) return
  throw new JournalError(
    'digest-conflict',
    `Round ${votingRoundId} is not bound to any ${kind}, so none is signed.`,
  )
}
