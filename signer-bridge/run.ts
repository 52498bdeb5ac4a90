/**
 * The loop: looks at the chain's head, asks the timeline what is due, does it, and looks again. One
 * thing at a time, for windows never overlap; what is owed from before a restart comes first.
 */

import { OracleError } from '../src/protocol/errors.ts'
import { votingRoundStartMs } from '../src/protocol/epoch.ts'
import type { Chore } from './chores.ts'
import { sendLate } from './companions/late.ts'
import { commitStatus, revealStatus } from './endings.ts'
import { type Heads, headsOf } from './heads.ts'
import { owedReveals } from './journal/rounds.ts'
import { isAttended } from './ledger/sitting-commit.ts'
import { type LastCommits, lastCommits } from './last-commit.ts'
import { withoutEchoes } from './log.ts'
import { missedRounds } from './missed-rounds.ts'
import { lookAtNonces } from './nonce-look.ts'
import { heardLog, revealWatch } from './reveal-risk.ts'
import * as ends from './round-ends.ts'
import { type RoundInHand, roundInHand } from './round-in-hand.ts'
import * as steps from './steps.ts'
import { blockTimeMs, chainTimeMs, closesAfterMs, type Step, stepAt } from './timeline.ts'
import type { World } from './world.ts'

export type Loop = {
  /** Resolves when it has stopped and owes nothing any more. */
  readonly run: () => Promise<void>
  /** No new rounds; the loop ends when nothing is owed. */
  readonly stop: () => void
  /** Watches what is owed, beside the loop. */
  readonly watch: Chore
}

export function loopOf(given: World): Loop {
  const { log, lastSaid } = heardLog(withoutEchoes(given.log))
  const world = { ...given, log }
  const heads = headsOf(world)
  const commits = lastCommits(world)
  const hand = roundInHand(world)
  let mayBegin = true
  return {
    stop: () => {
      mayBegin = false
    },
    watch: revealWatch(world, heads, lastSaid),
    run: async () => {
      // It tells, and decides nothing: what is owed does not wait for it.
      const lookedAt = lookAtNonces(world)
      const missed = missedRounds(world, heads)
      const tellReady = readiness(world, heads)
      for (;;) {
        await heads.refresh()
        tellReady()
        if (!mayBegin && !isAnyOwed(world, heads)) return await lookedAt
        const step = nextStep(world, heads, mayBegin)
        missed.note(step)
        await perform({ world, heads, commits, hand }, step)
        await world.sleep(pauseAfter(world, heads, step))
      }
    },
  }
}

/** Says once that a block has been seen: from here on what is owed waits for its window alone. */
function readiness({ journal, log }: World, heads: Heads): () => void {
  let isSaid = false
  return () => {
    if (isSaid || heads.moment().head === undefined) return
    isSaid = true
    log({ event: 'bridge-ready', reveals_owed: owedReveals(journal).length })
  }
}

/** Whether a reveal is owed that can still land, or be seen to have landed. */
function isAnyOwed({ journal, network: { schedule } }: World, heads: Heads): boolean {
  const nowMs = chainTimeMs(heads.moment())
  return owedReveals(journal).some(({ votingRoundId }) => {
    const closedMs = votingRoundStartMs(schedule, votingRoundId + 1) + closesAfterMs(schedule)
    return nowMs < closedMs + lingerMs
  })
}

/** A chain that is away at the very end is not waited for: the next start sees to the rest. */
const lingerMs = 2_000

function nextStep({ journal, network, keyring }: World, heads: Heads, mayBegin: boolean): Step {
  const latestRoundId = journal.latestRoundId()
  const known = {
    openRounds: journal.openRounds(),
    mayBegin,
    isAttended: isAttended(keyring),
    ...(latestRoundId !== undefined && { latestRoundId }),
  }
  return stepAt(network.schedule, known, heads.moment())
}

type Parts = {
  readonly world: World
  readonly heads: Heads
  readonly commits: LastCommits
  readonly hand: RoundInHand
}

/** Does one step. A failure of the world is logged; the next look decides what to do about it. */
async function perform(parts: Parts, step: Step): Promise<void> {
  const { world } = parts
  try {
    await performed(parts, step)
  } catch (error) {
    if (!isOfTheWorld(error)) throw error
    const code = error instanceof OracleError ? { code: error.code } : {}
    const round = 'votingRoundId' in step ? { voting_round_id: step.votingRoundId } : {}
    const reason = error instanceof Error ? error.message.slice(0, maxReason) : String(error)
    world.log({ event: 'step-failed', step: step.kind, ...round, ...code, reason })
  }
}

/** Enough for a person. */
const maxReason = 300

async function performed({ world, heads, commits, hand }: Parts, step: Step): Promise<void> {
  switch (step.kind) {
    case 'freeze':
      return await steps.freeze(world, heads, hand, step.votingRoundId)
    case 'commit':
      return await steps.commit(world, heads, step.votingRoundId)
    case 'await-commit':
      await commitStatus(world, step.votingRoundId)
      return
    case 'drop':
      return ends.drop(world, step.votingRoundId)
    case 'reveal':
      return await steps.reveal(world, heads, commits, step.votingRoundId)
    case 'await-reveal':
      await commitStatus(world, step.votingRoundId)
      await revealStatus(world, step.votingRoundId)
      return
    case 'close':
      return await ends.close(world, heads, step.votingRoundId)
    case 'rest':
      return await sendLate(world, heads)
  }
}

/**
 * Whether an error is the world's doing and not a bug's. A bug must end the process: its supervisor
 * starts it again, and the journal knows what is owed.
 */
function isOfTheWorld(error: unknown): boolean {
  return !(error instanceof TypeError || error instanceof ReferenceError)
}

function pauseAfter({ pace }: World, heads: Heads, step: Step): number {
  switch (step.kind) {
    case 'rest': {
      const leftMs = step.untilMs - blockTimeMs(heads.moment())
      return Math.max(1, Math.min(leftMs, pace.restMs))
    }
    case 'freeze':
      return pace.pollMs
    case 'drop':
      return 0
    case 'commit':
    case 'await-commit':
    case 'reveal':
    case 'await-reveal':
    case 'close':
      return pace.pollMs
  }
}
