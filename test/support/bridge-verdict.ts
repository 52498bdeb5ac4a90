/** Judges a bridge by the chain's blocks and by what nodes were handed: it asks the bridge nothing. */

import { type Hex, keccak256 } from 'viem'
import { commitHash, decodeReveal } from '../../src/protocol/commit.ts'
import { votingRoundAt } from '../../src/protocol/epoch.ts'
import { protocolIds } from '../../src/protocol/payload.ts'
import { timetableMs } from '../../src/protocol/timetable.ts'
import { type BridgeModel, feeds, waitingOf } from './bridge-world.ts'

export type Verdict = {
  /** Rounds with a commit that counts. */
  readonly committed: readonly number[]
  /** Those of them with a reveal that counts and hashes to the commit. */
  readonly revealed: readonly number[]
  /** Sentences about what must never happen. */
  readonly offences: readonly string[]
}

export function verdictOn(bridge: BridgeModel): Verdict {
  const { chain, network } = bridge
  const { schedule } = network
  const { revealDeadline } = timetableMs(schedule)
  const offences: string[] = []
  const counted = (kind: 'submit1' | 'submit2') =>
    new Map(
      chain.mined
        .filter((one) => one.kind === kind && one.protocolId === protocolIds.ftso)
        .filter(({ votingRoundId, timestampSec }) => {
          const atMs = timestampSec * 1_000
          const sinceMs = atMs - bridge.startOf(votingRoundId + 1)
          return kind === 'submit1'
            ? votingRoundAt(schedule, atMs) === votingRoundId
            : sinceMs >= 0 && sinceMs < revealDeadline
        })
        .map(({ votingRoundId, payload, sender }) => [votingRoundId, { payload, sender }]),
    )
  const commits = counted('submit1')
  const reveals = counted('submit2')

  const revealed = [...commits].flatMap(([votingRoundId, commit]) => {
    const answer = reveals.get(votingRoundId)
    if (answer === undefined) return []
    const reveal = decodeReveal(answer.payload, feeds.length)
    const hash = commitHash({ submitAddress: answer.sender, votingRoundId, ...reveal })
    if (hash !== commit.payload)
      offences.push(`The reveal of ${votingRoundId} is not of its commit.`)
    return [votingRoundId]
  })

  const isOtherwise = firstSaid()
  for (const { raw, sender, atMs } of chain.handed) {
    const { kind, votingRoundId, frames } = waitingOf(raw, sender)
    const name = `${kind} of ${votingRoundId}`
    for (const said of frames) {
      if (isOtherwise(said, `${name} of protocol ${said.protocolId}`))
        offences.push(`Two different ${name} were signed.`)
    }
    const nextMs = bridge.startOf(votingRoundId + 1)
    if (kind === 'submit1' && atMs >= nextMs) offences.push(`${name} was sent after its round.`)
    if (kind === 'submit2' && atMs < nextMs) offences.push(`${name} was sent within the round.`)
    if (kind === 'submit2' && atMs >= nextMs + revealDeadline) offences.push(`${name} came late.`)
  }
  return { committed: [...commits.keys()], revealed, offences }
}

/** Whether a payload differs from the first one of its name. */
function firstSaid() {
  const digests = new Map<string, string>()
  return ({ payload }: { readonly payload: Hex }, name: string): boolean => {
    const digest = keccak256(payload)
    const first = digests.get(name) ?? digest
    digests.set(name, first)
    return first !== digest
  }
}
