/**
 * The live view as text: one screen about one bridge, of what its journal and its metrics page say.
 * Pure: a function of facts and of the width.
 */

import { type EpochSchedule, votingRoundAt, votingRoundStartMs } from '../src/protocol/epoch.ts'
import type { Network } from '../src/protocol/networks.ts'
import { currentAlerts } from './current-alerts.ts'
import { type Coming, type Duties, nextDeadline, nextStep } from './deadlines.ts'
import type { Reading } from './reading.ts'
import type { JournalStatus, RoundSummary } from './status.ts'

export type ScreenFacts = {
  readonly nowMs: number
  readonly network: Network
  readonly duties: Duties
  /** A reason in a few words where it cannot be read. */
  readonly journal: JournalStatus | string
  readonly reading: Reading | string
}

/** More alerts than this push the rounds off the screen. */
const mostAlerts = 8

/** The lines of the screen, none wider than `width`, without a line break at the end. */
export function screenOf(facts: ScreenFacts, width: number): string {
  const journal = typeof facts.journal === 'string' ? undefined : facts.journal
  const duties: Duties = { ...facts.duties, ...(journal && { owed: journal.owedRounds }) }
  const { schedule } = facts.network
  const lines = [
    `Chrono bridge on ${facts.network.name}`,
    row('Clock', clockText(facts)),
    row('Next', comingText(nextStep(schedule, duties, facts.nowMs), facts.nowMs)),
    row('Deadline', comingText(nextDeadline(schedule, duties, facts.nowMs), facts.nowMs)),
    ...readingLines(facts),
    ...journalLines(facts.journal),
    ...alertLines(facts),
  ]
  return lines.map((line) => fitted(line, width)).join('\n')
}

function clockText({ nowMs, network: { schedule }, reading }: ScreenFacts): string {
  const parts = [new Date(nowMs).toISOString().replace(/\.\d+Z$/, 'Z'), roundText(schedule, nowMs)]
  if (typeof reading !== 'string') parts.push(...headTexts(reading, nowMs))
  return parts.join('   ')
}

function roundText(schedule: EpochSchedule, nowMs: number): string {
  const round = votingRoundAt(schedule, nowMs)
  const second = (nowMs - votingRoundStartMs(schedule, round)) / 1_000
  return `round ${round}, second ${second.toFixed(0)} of ${schedule.roundSec}`
}

function headTexts({ headBlock, headTimestampSec, driftSec }: Reading, nowMs: number) {
  if (headBlock === undefined || headTimestampSec === undefined) return ['no block seen']
  const behindSec = nowMs / 1_000 - headTimestampSec
  const drift = driftSec === undefined ? [] : [`drift ${driftSec.toFixed(1)} s`]
  return [`block ${headBlock}, ${behindSec.toFixed(1)} s old`, ...drift]
}

function comingText({ what, atMs }: Coming, nowMs: number): string {
  const time = new Date(atMs).toISOString().slice(11, 19)
  return `${what} at ${time}Z, in ${((atMs - nowMs) / 1_000).toFixed(0)} s`
}

function readingLines({ reading }: ScreenFacts): readonly string[] {
  if (typeof reading === 'string') return [row('Bridge', `not heard: ${reading}`)]
  const { isLeaseHeld, outboxLength, residentBytes, balances, devices } = reading
  const lease = isLeaseHeld === true ? 'held' : 'not held'
  const memory =
    residentBytes === undefined ? '' : `   memory ${Math.round(residentBytes / 2 ** 20)} MiB`
  return [
    row('Bridge', `runs   lease ${lease}   outbox ${outboxLength ?? 0}${memory}`),
    ...rows(
      'Balances',
      balances.map(
        ({ role, address, coins, isLow }) =>
          `${role.padEnd(16)} ${address}  ${coins.toFixed(4)}${isLow ? '  LOW' : ''}`,
      ),
    ),
    ...rows(
      'Devices',
      devices.map(({ device, state }) => `${device}: ${state}`),
    ),
  ]
}

function journalLines(journal: JournalStatus | string): readonly string[] {
  if (typeof journal === 'string') return [row('Journal', journal)]
  const { owed, reportsWaiting, rounds } = journal
  return [
    row('Journal', `reveals owed ${owed}   reports waiting ${reportsWaiting}`),
    ...(rounds.length === 0
      ? [row('Rounds', 'none yet')]
      : rows('Rounds', [columns(headings), ...rounds.map((round) => columns(cellsOf(round)))])),
  ]
}

const headings = ['round', 'commit', 'reveal', 'root', 'signatures', 'owed', 'sent']

function cellsOf(round: RoundSummary): readonly string[] {
  return [
    String(round.voting_round_id),
    round.commit_status,
    round.reveal_status,
    round.root_status,
    round.signatures_status,
    round.obligation,
    String(round.attempts),
  ]
}

/** The longest state, not-finalised, has thirteen letters. */
const columnWidth = 14

function columns(cells: readonly string[]): string {
  return cells
    .map((cell) => cell.padEnd(columnWidth))
    .join('')
    .trimEnd()
}

function alertLines({ nowMs, journal, reading }: ScreenFacts): readonly string[] {
  const current = currentAlerts({
    nowMs,
    ...(typeof reading !== 'string' && { reading }),
    rounds: typeof journal === 'string' ? [] : journal.rounds,
  })
  if (current.length === 0) {
    return [row('Alerts', typeof reading === 'string' ? 'none by the journal alone' : 'none')]
  }
  const more = current.length - mostAlerts
  const rest = more > 0 ? [`and ${more} more`] : []
  return rows('Alerts', [...current.slice(0, mostAlerts), ...rest])
}

const labelWidth = 10

function row(label: string, text: string): string {
  return `${label.padEnd(labelWidth)}${text}`
}

/** Several lines with their label before the first. */
function rows(label: string, texts: readonly string[]): readonly string[] {
  return texts.map((text, place) => row(place === 0 ? label : '', text))
}

/** Whoever answers on the port must not write to the terminal by our hand. */
function fitted(line: string, width: number): string {
  const plain = line.replaceAll(/\p{Cc}/gu, '?')
  return plain.length <= width ? plain : `${plain.slice(0, Math.max(0, width - 1))}…`
}
