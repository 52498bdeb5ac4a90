/** Which part of the house is asked for the vectors of which file. */

import { anchorTreeCases } from './anchor-tree.ts'
import { calldataCases } from './calldata.ts'
import { commitCases } from './commits.ts'
import { feedCases } from './feeds.ts'
import { medianCases } from './medians.ts'
import { rewardCases } from './rewards.ts'
import { signatureCases } from './signatures.ts'
import { signingPolicyCases } from './signing-policies.ts'
import type { VectorCase } from './vector-case.ts'

/** Makes the cases of a file's JSON; throws where it has another shape. */
export type CasesOf = (json: unknown) => readonly VectorCase[]

export const vectorFiles: ReadonlyMap<string, CasesOf> = new Map([
  ['01-commit-reveal-flare.json', commitCases],
  ['02-submission-calldata.json', calldataCases],
  ['03-anchor-tree-785250.json', anchorTreeCases],
  ['06-median.json', medianCases],
  ['07-signing-policy.json', signingPolicyCases],
  ['09-flare-392-reward-distribution-data.json', rewardCases],
  ['12-signatures.json', signatureCases],
  ['13-feeds-developer-hub.json', feedCases],
])

/** What lies beside the vectors and tells of them. */
export const textFile = 'README.md'
