/**
 * The settings as one table: `--help`, what reads the environment and the flags, and the table in
 * README.md are made of it or held against it. The schema in `settings.ts` says what is allowed.
 */

export type SettingRow = {
  /** In the file; a dot leads into an object. */
  readonly name: string
  /** How the text of a variable or a flag is read. `file` is no single value, and is in the file only. */
  readonly kind: 'text' | 'path' | 'number' | 'truth' | 'list' | 'file'
  /** What holds without it, as it would be written; absent: nothing, or it must be given. */
  readonly standard?: string
  /** One sentence without its full stop, in Markdown: `--help` shows it too. */
  readonly meaning: string
  /** More of it, for README.md alone. */
  readonly detail?: string
}

/** In the order in which they are told of. */
export const settingTable: readonly SettingRow[] = [
  {
    name: 'network',
    kind: 'text',
    meaning: '`flare`, `songbird`, `coston2`, `coston` or `local`',
  },
  {
    name: 'rpc_urls',
    kind: 'list',
    meaning: '1 to 8 nodes, all of one chain',
    detail:
      'All are asked for the head, nonces, receipts, the balance, contracts and own calls, and sent transactions; other questions go to one that answers',
  },
  {
    name: 'worker_url',
    kind: 'text',
    meaning: 'where the Worker is; https, unless on this machine',
    detail: 'On the network `local` any http address will do',
  },
  {
    name: 'keys',
    kind: 'file',
    meaning: "the operator's keys by role",
    detail: 'See below',
  },
  {
    name: 'submit_address',
    kind: 'text',
    meaning: 'in place of `keys`, for one key that submits: its address',
  },
  {
    name: 'keystore_file',
    kind: 'path',
    meaning: 'and its keystore (Web3 secret storage, version 3)',
  },
  {
    name: 'journal_file',
    kind: 'path',
    meaning: 'the journal, made if it is not there',
    detail: 'See below',
  },
  {
    name: 'observations_file',
    kind: 'path',
    meaning: 'a cache of what was read of the chain; may be deleted',
    detail: 'Absent: beside the journal, with `.chain` behind its name',
  },
  {
    name: 'metrics_port',
    kind: 'number',
    meaning: 'Prometheus text on `127.0.0.1:<port>/metrics`; 0 takes any free port and logs it',
    detail:
      'Absent: none. A port that another process has stops nothing: it is told (`metrics-unavailable`) and asked for again, each minute at the latest',
  },
  {
    name: 'fees.tip_min_gwei',
    kind: 'number',
    standard: '100',
    meaning: 'the tip is twice the base fee, at least this',
  },
  {
    name: 'fees.tip_max_gwei',
    kind: 'number',
    standard: '5000',
    meaning: 'and at most this',
  },
  {
    name: 'fees.max_fee_gwei',
    kind: 'number',
    standard: '20000',
    meaning: 'absolute ceiling of the fee for a unit of gas',
    detail:
      'A commit uses at most half of it, so that its reveal can always outbid it, and is not sent unless four times the base fee and the tip fit into that half',
  },
  {
    name: 'fees.daily_budget',
    kind: 'number',
    standard: '1000',
    meaning: 'whole coins that the calls of 24 hours may cost',
    detail:
      'By their receipts (which show the price without the subsidy) and with all that is open at its worst. A round that could overdraw it, its signatures included, is not begun; a reveal is never stopped by it',
  },
  {
    name: 'balance_alarm',
    kind: 'number',
    standard: '3',
    meaning: 'whole coins; below it `balance-low` is logged, for each key that pays',
    detail:
      "No commit is sent when commit and reveal at the ceiling are not covered (1.7 FLR with the defaults, 7.1 with companions), or by the key for submitSignatures the round's signatures (0.9, 8.1 with companions), and the alarm of either key is never below that",
  },
  {
    name: 'companions',
    kind: 'file',
    standard: '[]',
    meaning: "other protocols' clients, whose frames travel in our calls",
    detail:
      'Each is `{"protocol_id": 200, "url": "http://127.0.0.1:…"}`, which is the data connector (FDC). Only with keys of roles `submit`, `submitSignatures` and `signingPolicy`',
  },
  {
    name: 'price_guard.alert_percent',
    kind: 'number',
    standard: '5',
    meaning: 'a frozen price that is further off the last final median is told of',
  },
  {
    name: 'price_guard.empty_percent',
    kind: 'number',
    standard: '30',
    meaning: 'and one that is further off than this is left empty',
  },
  {
    name: 'relay',
    kind: 'text',
    standard: 'off',
    meaning:
      '`when-selected`: the signing-policy key makes a round final when it is drawn to, at its own cost',
    detail:
      'It does so in the 20 s in which that is rewarded; it then needs a balance of its own, and pays some 0.15 FLR each time. Refused with that key on a Ledger',
  },
  {
    name: 'register',
    kind: 'text',
    standard: 'off',
    meaning: '`automatic`: a running bridge registers its voter for each reward epoch',
    detail:
      'Signed by the signing-policy key, paid by one of role `executor`, or by the signing-policy key itself if it does not relay; neither on a Ledger. Of two bridges the one without the lease waits for the other',
  },
  {
    name: 'claim_recipients',
    kind: 'file',
    standard: '[]',
    meaning: 'addresses with their checksums that `rewards claim` may pay beside the owner itself',
    detail: 'No flag and no variable adds one',
  },
  {
    name: 'protocol_provider.host',
    kind: 'text',
    standard: '127.0.0.1',
    meaning: 'where `serve-protocol` is asked',
    detail: 'A host that others can reach needs the API key below',
  },
  {
    name: 'protocol_provider.port',
    kind: 'number',
    standard: '3100',
    meaning: 'its port; 0 takes any free one',
  },
  {
    name: 'protocol_provider.base_path',
    kind: 'text',
    standard: '',
    meaning: 'what stands before its paths, such as `/ftso`',
  },
  {
    name: 'protocol_provider.finalization_data',
    kind: 'truth',
    standard: 'false',
    meaning: 'adds `finalizationData` to its messages',
    detail:
      'Clients up to 1.1 refuse an answer that has it; a client that finalises on Relay v2 needs it',
  },
  {
    name: 'round_seconds',
    kind: 'number',
    meaning: "length of a round, for the network `local` only; absent: the network's",
  },
  {
    name: 'reward_epoch_rounds',
    kind: 'number',
    meaning: "rounds in a reward epoch, for the network `local` only; absent: the network's",
  },
]

/** Names the file of the settings, where no flag does. */
export const settingsFileVariable = 'CHRONO_SETTINGS_FILE'

/** The variable of a setting: `CHRONO_FEES_TIP_MIN_GWEI`. */
export function variableOf({ name }: Pick<SettingRow, 'name'>): string {
  return `CHRONO_${name.replaceAll('.', '_').toUpperCase()}`
}

/** The flag of a setting: `--fees-tip-min-gwei`. */
export function flagOf({ name }: Pick<SettingRow, 'name'>): string {
  return `--${name.replaceAll(/[._]/g, '-')}`
}

/** The names of those that the file alone can give. */
export function fileSettings(): readonly string[] {
  return settingTable.filter(({ kind }) => kind === 'file').map(({ name }) => name)
}

/** Those that a variable or a flag can give. */
export function singleSettings(): readonly SettingRow[] {
  return settingTable.filter(({ kind }) => kind !== 'file')
}
