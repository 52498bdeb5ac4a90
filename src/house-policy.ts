/** The policy by which this house votes: the core's own, with the groups of the catalogue. */

import { independenceGroups } from './catalogue/independence.ts'
import { type ConsensusPolicy, defaultPolicy } from './core/policy.ts'

/** Sources that show one book have one vote between them in every feed. */
export const housePolicy: ConsensusPolicy = { ...defaultPolicy, groups: independenceGroups }
