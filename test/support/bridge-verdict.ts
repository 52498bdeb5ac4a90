/** Judges a bridge by the chain's blocks and by what nodes were handed: it asks the bridge nothing. */

import { keccak256 } from 'viem'
import { commitHash, decodeReveal } from '../../src/protocol/commit.ts'
import { votingRoundAt } from '../../src/protocol/epoch.ts'
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
        .filter((one) => one.kind === kind)
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

  const digests = new Map<string, string>()
  for (const { raw, sender, atMs } of chain.handed) {
    const { kind, votingRoundId, payload } = waitingOf(raw, sender)
    const name = `${kind} of ${votingRoundId}`
    const digest = keccak256(payload)
    if ((digests.get(name) ?? digest) !== digest)
      offences.push(`Two different ${name} were signed.`)
    digests.set(name, digest)
    const nextMs = bridge.startOf(votingRoundId + 1)
    if (kind === 'submit1' && atMs >= nextMs) offences.push(`${name} was sent after its round.`)
    if (kind === 'submit2' && atMs < nextMs) offences.push(`${name} was sent within the round.`)
    if (kind === 'submit2' && atMs >= nextMs + revealDeadline) offences.push(`${name} came late.`)
  }
  return { committed: [...commits.keys()], revealed, offences }
}
