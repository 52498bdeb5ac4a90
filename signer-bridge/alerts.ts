/**
 * The alerts, in one place: what happened, by which lines of the log and which metric it is seen, and
 * what a person does about it. README.md and `deploy/chrono-alerts.rules.yml` are held against it.
 */

export type Alert = {
  /** In PascalCase, as Prometheus has it. */
  readonly name: string
  readonly what: string
  /** Lines of the log that tell of it; none where the bridge itself cannot tell. */
  readonly events: readonly string[]
  /** PromQL; while it has a value, the alert is on. */
  readonly expression: string
  /** It must be on for so long. Seconds. */
  readonly forSec: number
  /** `page` wakes somebody: money is lost within minutes. */
  readonly severity: 'page' | 'ticket'
  readonly remedy: string
}

/** A line of the log is told of for so long. */
const memory = '15m'

/** What only lines of the log tell of. A state that goes on has a metric of its own. */
function byLog(alert: Omit<Alert, 'expression' | 'forSec'>): Alert {
  return { ...alert, expression: logged(alert.events), forSec: 0 }
}

function logged(events: readonly string[]): string {
  return `increase(chrono_bridge_events_total{event=~"${events.join('|')}"}[${memory}]) > 0`
}

/** Where a node is set aside, that goes on until it is taken back. */
const nodesDiffer = [
  'receipt-contradicted',
  'contracts-unclear',
  'epoch-events-contradicted',
  'cutover-contradicted',
]

/** More reports than this wait for the Worker: it has not taken any for some rounds. */
export const outboxAlarm = 20
/** No block for so long is no chain. Seconds. */
export const headAlarmSec = 30
/** As `clock.ts` has it: this clock behind the blocks' and ahead of them. Seconds. */
export const driftAlarmSec = { behind: -2, ahead: 3.5 }

export const alerts: readonly Alert[] = [
  byLog({
    name: 'ChronoRevealAtRisk',
    what: 'a reveal is owed, and half of its time is over',
    events: ['reveal-at-risk'],
    severity: 'page',
    remedy:
      'There are some twenty seconds left. The line of the log says what is known: `instruction` at a Ledger, else the `last` line of the round with its `reason`, and how many transactions were signed and taken. A missed reveal costs thirty times the reward of its round',
  }),
  {
    name: 'ChronoRevealMissed',
    what: 'a reveal was missed',
    events: ['reveal-missed', 'reveal-late', 'reveal-not-asked-for'],
    expression: `increase(chrono_bridge_rounds_total{stage="reveal-missed"}[${memory}]) > 0`,
    forSec: 0,
    severity: 'page',
    remedy:
      'It costs thirty times the reward of its round. Look at `status` for its transactions, and in the log for `step-failed`, `call-not-taken` and `chain-lost` before it; run `doctor`. After `reveal-not-asked-for` look at the client of `serve-protocol`',
  },
  byLog({
    name: 'ChronoCommitNotHeld',
    what: 'a commit of ours is on chain that this bridge cannot reveal',
    events: ['commit-not-held'],
    severity: 'page',
    remedy:
      'Only the bridge that sent it can reveal it: see to that one at once. If there is none, the key is stolen, or two bridges have different operator secrets',
  }),
  byLog({
    name: 'ChronoRootMismatch',
    what: 'our root is not the one that was made final',
    events: ['root-mismatch'],
    severity: 'page',
    remedy:
      'Nothing is signed for that round any more. With a `protocol_id` it is the root of a companion: see what its client reads. Else the journal keeps what ours was made of. If it happens again, take the signing-policy key out of the settings and start anew',
  }),
  byLog({
    name: 'ChronoRootConflict',
    what: 'another of our processes is bound to another root, the digest is not clear, or nodes differ about a block',
    events: ['root-conflict', 'digest-unclear', 'blocks-contradicted', 'result-differed'],
    severity: 'page',
    remedy:
      'Stop the second bridge if there is one. If there is none, compare the nodes: one of them may lie (`hosts` in the log). While two nodes differ and no third says which is right, no root is signed',
  }),
  byLog({
    name: 'ChronoRootUnconfirmed',
    what: 'a root was signed on the word of one node',
    events: ['root-unconfirmed'],
    severity: 'ticket',
    remedy:
      'The other nodes of `rpc_urls` do not answer, or not for enough blocks: see `blocks-not-confirmed` in the log for why, run `doctor`, and put another in their place',
  }),
  byLog({
    name: 'ChronoPricesLeftOut',
    what: 'the Worker says prices that no market has: their feeds were left empty',
    events: ['prices-left-out'],
    severity: 'page',
    remedy:
      'The Worker is broken, or somebody else has it. Hold the prices of the `feeds` in the log against an exchange; if the Worker is wrong, stop the bridge until it is right, for `price_guard` lets smaller lies pass',
  }),
  byLog({
    name: 'ChronoPricesStrayed',
    what: 'the Worker says prices that are far from the last final medians',
    events: ['prices-strayed'],
    severity: 'ticket',
    remedy:
      'They were sent. In a market that moves this is as it should be; else see which sources the Worker has for the `feeds` in the log',
  }),
  {
    name: 'ChronoGuardBlind',
    what: 'no final median is known to hold the prices of the Worker against',
    events: ['prices-unguarded'],
    expression: 'chrono_bridge_guard_blind == 1',
    forSec: 600,
    severity: 'ticket',
    remedy:
      'Rounds go on with prices that nobody has looked at. See in the log why no round is read to its end: `blocks-refused`, `epoch-unknown`, `round-not-finalised`',
  },
  {
    name: 'ChronoBalanceLow',
    what: 'a key that sends has little left',
    events: ['balance-low'],
    expression: 'chrono_bridge_balance_low == 1',
    forSec: 0,
    severity: 'ticket',
    remedy: 'Send coins to the address in the label; at least 10 on each key that sends',
  },
  {
    name: 'ChronoDeviceNeedsHand',
    what: 'a Ledger waits for a hand',
    events: ['ledger-troubled'],
    expression: 'chrono_bridge_device_state{state!="ready"} == 1',
    forSec: 60,
    severity: 'page',
    remedy: 'Go to the device: the terminal and `ledger-seen` in the log say what it needs',
  },
  {
    name: 'ChronoClockDistrusted',
    what: 'the clock is not that of the blocks',
    events: ['clock-distrusted'],
    expression: `chrono_bridge_clock_drift_seconds < ${driftAlarmSec.behind} or chrono_bridge_clock_drift_seconds > ${driftAlarmSec.ahead}`,
    forSec: 0,
    severity: 'page',
    remedy:
      'Nothing new is committed until it is right. Look at `timedatectl`; if it is right, a node lags behind',
  },
  {
    name: 'ChronoChainLost',
    what: 'no block is seen any more',
    events: ['chain-lost', 'head-ignored'],
    expression: `time() - chrono_bridge_head_timestamp_seconds > ${headAlarmSec}`,
    forSec: 0,
    severity: 'page',
    remedy: 'Run `doctor`, which looks at each node; add another to `rpc_urls`',
  },
  {
    name: 'ChronoNodeDiffers',
    what: 'a node says what others do not',
    events: ['node-set-aside', ...nodesDiffer],
    expression: `chrono_bridge_nodes_set_aside > 0 or ${logged(nodesDiffer)}`,
    forSec: 0,
    severity: 'ticket',
    remedy:
      'Run `doctor`, which looks at each node; put another in the place of the one that differs. Reveals go on',
  },
  {
    name: 'ChronoRegistrationDue',
    what: 'the voter is not registered for the next reward epoch, and should be by now',
    events: ['registration-due', 'registration-missed'],
    expression: `chrono_bridge_registration_due == 1 or ${logged(['registration-missed'])}`,
    forSec: 0,
    severity: 'page',
    remedy:
      'Told with `register: "automatic"` only. The `reason` in the log says what stands against it; run `register`, which shows what the chain knows of the voter, before registration closes',
  },
  {
    name: 'ChronoLeaseRefused',
    what: 'this bridge may not act',
    events: ['lease-refused', 'lease-not-renewed', 'reservation-refused'],
    expression: 'chrono_bridge_lease_held == 0',
    forSec: 60,
    severity: 'ticket',
    remedy:
      'On a standby this is as it should be. Else see who holds it, whether the Worker is up, and whether both have the same secret',
  },
  byLog({
    name: 'ChronoForeignNonces',
    what: 'somebody else sends with our keys',
    events: ['foreign-nonces-found', 'own-calls-found', 'commit-of-another'],
    severity: 'page',
    remedy: 'Stop the other sender. If there is none, the key is stolen: change it on chain now',
  }),
  {
    name: 'ChronoBreakerOpened',
    what: 'nothing new is begun, since a key signed what was not asked of it, or was refused too often',
    events: ['breaker-opened'],
    expression: 'chrono_bridge_breaker_open == 1',
    forSec: 0,
    severity: 'page',
    remedy:
      'Find out what the device or keystore signed or refused, by the `reason` in the log; start the bridge anew once that is known',
  },
  byLog({
    name: 'ChronoJournalFailed',
    what: 'the journal could not be written, while a reveal was owed',
    events: ['journal-failed'],
    severity: 'page',
    remedy:
      'The reveal goes out all the same, and new rounds do not begin. Make room on the disk, and see whether it can be written to',
  }),
  {
    name: 'ChronoOutboxGrowing',
    what: 'the Worker does not take our reports',
    events: ['reports-not-delivered', 'report-refused'],
    expression: `chrono_bridge_outbox_length > ${outboxAlarm}`,
    forSec: 300,
    severity: 'ticket',
    remedy: 'Rounds go on without it. See whether the Worker answers, and what code the log has',
  },
  {
    name: 'ChronoCommitsMissed',
    what: 'rounds go by without a commit',
    events: [
      'commit-refused',
      'commit-missed',
      'commit-late',
      'freeze-failed',
      'hand-over-failed',
      'step-failed',
    ],
    // Who stands by commits to nothing. Without a Worker nobody holds the lease, and nobody stands by.
    expression:
      'sum without (stage) (increase(chrono_bridge_rounds_total{stage=~"committed|handed-over"}[10m])) == 0 unless chrono_bridge_stands_by == 1',
    forSec: 300,
    severity: 'page',
    remedy: 'The `reason` in the log says what stands against it; `doctor` says what still does',
  },
  {
    name: 'ChronoBridgeSilent',
    what: 'nobody acts: told by the Worker, which misses the renewals of the lease',
    events: [],
    expression: 'chrono_bridge_silent == 1',
    forSec: 0,
    severity: 'page',
    remedy:
      'Start the bridge, or see to its machine: what is owed is revealed first. This metric is on `/metrics` of the Worker',
  },
]

/** The alerts as rules of Prometheus. */
export function rulesText(all: readonly Alert[]): string {
  const rules = all.flatMap(({ name, what, expression, forSec, severity, remedy }) => [
    `      - alert: ${name}`,
    `        expr: ${quoted(expression)}`,
    ...(forSec > 0 ? [`        for: ${forSec}s`] : []),
    '        labels:',
    `          severity: ${severity}`,
    '        annotations:',
    `          summary: ${quoted(`Chrono: ${what}.`)}`,
    `          description: ${quoted(`${remedy}.`)}`,
  ])
  return [
    '# Alerts of the signer bridge, for Prometheus: made of signer-bridge/alerts.ts, to which a test holds',
    '# them. The bridge is read on 127.0.0.1 at its metrics_port, the Worker at its /metrics.',
    'groups:',
    '  - name: chrono-bridge',
    '    rules:',
    ...rules,
    '',
  ].join('\n')
}

/** In YAML's single quotes nothing but they themselves means anything. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}
