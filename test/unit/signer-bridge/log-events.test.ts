import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { alerts } from '../../../signer-bridge/alerts.ts'

const house = new URL('../../../signer-bridge/', import.meta.url).pathname

/** Every name that a line of the bridge's source gives to an event, and what else stands beside one. */
function namesInSource(): ReadonlySet<string> {
  const files = readdirSync(house, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.includes('node_modules'))
    .filter((file) => file !== 'alerts.ts')
  const lines = files.flatMap((file) => readFileSync(join(house, file), 'utf8').split('\n'))
  return new Set(
    lines
      .filter((line) => /\bevent\b/.test(line))
      .flatMap((line) => line.match(/(?<=')[a-z]+(?:-[a-z]+)+(?=')/g) ?? []),
  )
}

const words = (text: string) => text.trim().split(/\s+/)

/** What goes as it should, or ends by itself: nobody need do anything. */
const ofADay = words(`
  balance-restored bridge-ready bridge-started bridge-stopped call-sent chain-reached clock-trusted
  commit-confirmed contracts-confirmed end-requested epoch-started handover-ended journal-pruned
  late-frames-confirmed lease-held ledger-seen metrics-served node-taken-back nonces-reconciled
  payload-told prices-guarded provider-started provider-stopped registration-seen reveal-adopted
  reveal-confirmed reveal-kept-back revealed-elsewhere root-awaited root-checked root-signed
  round-finalised-first round-held round-prepared round-relayed round-voided round-without-result
  signatures-confirmed sitting-held sitting-opened stretch-abandoned stretch-left unowed-reveal-late
  voter-registered`)

/** Troubles that no alert goes by, and why none need. */
const untold: Readonly<Record<string, readonly string[]>> = {
  'If it costs a reveal, ChronoRevealAtRisk tells; if it costs commits, ChronoCommitsMissed does':
    words(
      `call-not-taken chore-failed look-failed look-given-up note-failed nonces-not-reconciled
    own-calls-unknown request-failed reservation-skipped submit-key-missing`,
    ),
  'A person sits at the device and reads why; without one ChronoDeviceNeedsHand tells': words(
    `sitting-discarded sitting-put-off`,
  ),
  'A root or a relay is lost, which is a small part of a round: for a look now and then': words(
    `relay-cost-unknown relay-not-taken relay-refused root-missed root-not-bound root-not-checked
    root-refused root-step-failed roots-refused round-not-finalised signature-outrun signatures-late`,
  ),
  'A node says little; where that lasts, roots go unconfirmed or the guard is blind, which is told':
    words(
      `blocks-not-confirmed blocks-refused chain-event-skipped contracts-unconfirmed cutover-unread
    epoch-unknown registration-of-one-node`,
    ),
  'Without a chain no block is seen, and ChronoChainLost tells': words(`chain-awaited`),
  'Where it lasts, ChronoRegistrationDue tells': words(
    `registration-refused registration-unfinished`,
  ),
  'Another protocol’s client, which whoever runs it watches': words(
    `companion-late companion-refused companions-left-out late-frames-missed`,
  ),
  'The acting bridge goes on; without a Worker its own alerts tell': words(
    `standby-not-heard standby-not-waited-for standby-refused`,
  ),
  'The process ends by itself and says why, which whoever keeps it up is told':
    words(`key-not-opened`),
  'Prometheus itself tells of a page that it cannot read': words(`metrics-unavailable`),
}

/** Words beside an event that are no name of one. */
const noNames = words(`as-before community-offer inflation-offer random-acquisition voter-weight`)

test('each line that the bridge logs is in an alert, or here with the reason why not', () => {
  const told = alerts.flatMap(({ events }) => events)
  const known = [...told, ...ofADay, ...Object.values(untold).flat(), ...noNames]
  const spoken = namesInSource()
  expect([...spoken].filter((name) => !known.includes(name))).toEqual([])
  expect(known.filter((name) => !spoken.has(name))).toEqual([])
  const twice = known.filter((name, i) => known.indexOf(name) < i && !told.includes(name))
  expect(twice).toEqual([])
})

test('each line has its name beside the word `event`, where this test finds it', () => {
  const spoken = namesInSource()
  for (const name of ['reveal-late', 'prices-left-out', 'reveal-not-asked-for', 'node-set-aside']) {
    expect(spoken).toContain(name)
  }
})
