/**
 * The performance: the playbook's blocks one after the other, the contracts' clock called at each
 * round's start, side scenes in between, and whoever watches asked to look at the moments that count.
 */

import { isClockCalled, firstRound, lateOfferRound, schedule, startSec } from './calendar.ts'
import type { DrivenChain, Sending } from './driven-chain.ts'
import type { PlannedBlock, Playbook } from './playbook.ts'
import { clockCall, lateOffer, sideScenes, succeed } from './prologue.ts'

export type Audience = {
  /** The newest block is stamped one second before the round's reveal deadline. */
  readonly beforeDeadline: (round: number) => Promise<void>
  /** The first block at the deadline has been mined. What is answered is sent in a block of its own. */
  readonly afterDeadline: (round: number) => Promise<readonly Sending[]>
}

/** Seconds from the start of the round after. */
const deadlineSec = 45

/** @throws {Error} if a call that should succeed fails, or the other way round. */
export async function perform(
  chain: DrivenChain,
  { blocks }: Playbook,
  audience: Audience,
): Promise<void> {
  for (const [i, block] of blocks.entries()) {
    await mined(chain, block, blocks[i - 1]?.atSec !== block.atSec)
    // What is seen at a second is seen when all of its blocks are there.
    if (blocks[i + 1]?.atSec !== block.atSec) await watched(chain, block.atSec, audience)
  }
}

async function mined(
  chain: DrivenChain,
  { atSec, sendings }: PlannedBlock,
  isNewSecond: boolean,
): Promise<void> {
  const round = roundAt(atSec)
  if (!isNewSecond || atSec !== startSec(round) || !isClockCalled(round)) {
    await chain.block(atSec, sendings)
    return
  }
  const [clock] = await chain.block(atSec, [clockCall(chain), ...sendings])
  if (clock === undefined || !(await chain.hasSucceeded(clock))) {
    throw new Error(`The contracts' clock stopped in round ${round}.`)
  }
}

async function watched(chain: DrivenChain, atSec: number, audience: Audience): Promise<void> {
  const round = roundAt(atSec)
  const second = atSec - startSec(round)
  const isOfScenario = round > firstRound
  if (second === deadlineSec - 1 && isOfScenario) await audience.beforeDeadline(round - 1)
  if (second !== deadlineSec) return
  const answers = isOfScenario ? await audience.afterDeadline(round - 1) : []
  await succeed(chain, atSec + 1, [...answers, ...(await sideScenes(chain, round))])
  if (round === lateOfferRound) await refused(chain, atSec + 1)
}

function roundAt(atSec: number): number {
  return Math.floor((atSec - schedule.genesisSec) / schedule.roundSec)
}

async function refused(chain: DrivenChain, atSec: number): Promise<void> {
  const [hash] = await chain.block(atSec, [await lateOffer(chain)])
  if (hash === undefined || (await chain.hasSucceeded(hash))) {
    throw new Error('An offer was taken after the random acquisition had started.')
  }
}
