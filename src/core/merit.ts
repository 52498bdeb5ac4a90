/**
 * What is to be thought of voters by their behaviour: the detector of anomalies lowers what their word
 * is worth, and leaves nobody out.
 */

import { anomaliesOf, type Anomaly } from './anomaly.ts'
import type { Occasion } from './electorate.ts'
import type { Voter } from './voters.ts'

/** What is thought of a source whose behaviour nobody knows. */
const ordinary: Anomaly = { score: 0, isAlert: false, weightFactor: 1 }

/** A voter, and what its word is worth beside another's that is as precise. */
export type Judged = {
  readonly voter: Voter
  readonly anomaly: Anomaly
  /** Its reputation, less what is unusual about it: above 0, at most 1. */
  readonly merit: number
}

/**
 * Voters with their merit; it is their reputation as long as no behaviour has been learnt.
 *
 * @param centre The price that they are compared with, quote currency for one unit of base.
 */
export function judgedVoters(
  voters: readonly Voter[],
  centre: number,
  { memory, atMs }: Pick<Occasion, 'memory' | 'atMs'>,
): Judged[] {
  const known = memory.anomaly
  const anomalies = known === undefined ? [] : anomaliesOf(known, voters, { centre, atMs })
  return voters.map((voter, i) => {
    const anomaly = anomalies[i] ?? ordinary
    return { voter, anomaly, merit: voter.reputation * anomaly.weightFactor }
  })
}
