import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseEther, parseGwei } from 'viem'
import { afterAll, describe, expect, test } from 'vitest'
import { secretOf } from '../../../signer-bridge/secrets.ts'
import { settingsOf } from '../../../signer-bridge/settings.ts'

const directory = mkdtempSync(join(tmpdir(), 'chrono-settings-'))
afterAll(() => rmSync(directory, { recursive: true }))

const least = {
  network: 'coston2',
  rpc_urls: ['https://rpc.example'],
  worker_url: 'https://oracle.example',
  submit_address: '0xc4a19715f3dd209f01e84abe65de7c2e9c8b6269',
  keystore_file: 'submit.json',
  journal_file: '/var/lib/chrono/journal.sqlite',
}

const ledger = { path: "44'/60'/0'/0/0" }

function aHotKey(role: string, byte: string) {
  return { role, address: `0x${byte.repeat(20)}`, keystore_file: `${role}.json` }
}

function fileOf(content: unknown): string {
  const file = join(directory, 'settings.json')
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content))
  return file
}

test('the least that can be said, and what it means', () => {
  expect(settingsOf(fileOf(least))).toEqual({
    network: expect.objectContaining({ name: 'coston2', chainId: 114 }),
    rpcUrls: ['https://rpc.example'],
    workerUrl: 'https://oracle.example',
    submitAddress: '0xc4a19715F3Dd209F01E84ABe65De7c2E9C8b6269',
    keys: [
      {
        role: 'submit',
        address: '0xc4a19715F3Dd209F01E84ABe65De7c2E9C8b6269',
        fromRewardEpoch: 0,
        place: {
          kind: 'keystore',
          file: join(directory, 'submit.json'),
          password: { kind: 'usual' },
        },
      },
    ],
    journalFile: '/var/lib/chrono/journal.sqlite',
    observationsFile: '/var/lib/chrono/journal.sqlite.chain',
    metricsPort: undefined,
    feePolicy: {
      tipMinWei: parseGwei('100'),
      tipMaxWei: parseGwei('5000'),
      ceilingWei: parseGwei('20000'),
    },
    dailyBudgetWei: parseEther('1000'),
    balanceAlarmWei: parseEther('3'),
    companions: [],
    register: 'off',
    claimRecipients: [],
    guardPolicy: { alertDeviation: 0.05, emptyDeviation: 0.3 },
    relay: 'off',
    protocolProvider: {
      host: '127.0.0.1',
      port: expect.any(Number),
      basePath: '',
      withFinalizationData: false,
    },
  })
})

test('fees and alarm can be set, one without the others', () => {
  const settings = settingsOf(
    fileOf({ ...least, fees: { max_fee_gwei: 9_000, daily_budget: 12 }, balance_alarm: 0.5 }),
  )
  expect(settings.feePolicy).toMatchObject({
    tipMinWei: parseGwei('100'),
    ceilingWei: parseGwei('9000'),
  })
  expect(settings.balanceAlarmWei).toBe(parseEther('0.5'))
  expect(settings.dailyBudgetWei).toBe(parseEther('12'))
})

test('the local network may have shorter rounds, over plain http', () => {
  const local = { ...least, network: 'local', worker_url: 'http://10.0.0.1:1', round_seconds: 10 }
  const { schedule } = settingsOf(fileOf({ ...local, reward_epoch_rounds: 20 })).network
  expect(schedule).toMatchObject({ roundSec: 10, rewardEpochRounds: 20 })
})

test.each([
  {
    name: 'an unknown key',
    content: { ...least, keystroke_file: 'x' },
    says: /At the top: .*keystroke_file/,
  },
  { name: 'an unknown key within', content: { ...least, fees: { max: 1 } }, says: /fees/ },
  { name: 'a missing one', content: { ...least, rpc_urls: undefined }, says: /rpc_urls/ },
  { name: 'no node at all', content: { ...least, rpc_urls: [] }, says: /rpc_urls/ },
  { name: 'a file address', content: { ...least, rpc_urls: ['file:///x'] }, says: /rpc_urls/ },
  { name: 'no address', content: { ...least, submit_address: '0x12' }, says: /submit_address/ },
  {
    name: 'prices over plain http',
    content: { ...least, worker_url: 'http://oracle.example' },
    says: /worker_url: Expected https \(http only on this machine\)\./,
  },
  {
    name: 'a round length elsewhere',
    content: { ...least, round_seconds: 90 },
    says: /round_seconds: Only for the local/,
  },
  {
    name: 'a recipient without its checksum',
    content: { ...least, claim_recipients: [least.submit_address.toLowerCase()] },
    says: /claim_recipients\.0: Expected an address with its checksum/,
  },
  {
    name: 'a tip upside down',
    content: { ...least, fees: { tip_min_gwei: 9, tip_max_gwei: 8 } },
    says: /tip_max_gwei/,
  },
  { name: 'no JSON', content: '{', says: /is no JSON/ },
])('refuses $name', ({ content, says }) => {
  expect(() => settingsOf(fileOf(content))).toThrow(
    expect.objectContaining({ code: 'settings-invalid', message: expect.stringMatching(says) }),
  )
})

describe('a companion', () => {
  const companions = [{ protocol_id: 200, url: 'http://fdc-client:8080/fsp' }]
  const { submit_address: address, keystore_file: keystoreFile, ...rest } = least
  const submit = { role: 'submit', address, keystore_file: keystoreFile }
  const signatures = aHotKey('submitSignatures', '22')
  const policy = aHotKey('signingPolicy', '33')
  const keys = [submit, signatures, policy]

  test('is the data connector, at an address', () => {
    expect(settingsOf(fileOf({ ...rest, keys, companions })).companions).toEqual([
      { protocolId: 200, url: 'http://fdc-client:8080/fsp' },
    ])
    for (const protocol of [100, 255]) {
      const other = [{ ...companions[0], protocol_id: protocol }]
      expect(() => settingsOf(fileOf({ ...rest, keys, companions: other }))).toThrow(
        /companions.0.protocol_id/,
      )
    }
  })

  test.each([
    {
      name: 'without keys for roots',
      keys: [submit],
      says: 'a key for submitSignatures and one for signingPolicy from reward epoch 0 on',
    },
    {
      name: 'without the key that signs roots',
      keys: [submit, signatures],
      says: 'a key for signingPolicy from reward epoch 0 on',
    },
    {
      name: 'with one that begins after the submit key',
      keys: [{ ...submit, from_reward_epoch: 7 }, { ...signatures, from_reward_epoch: 8 }, policy],
      says: 'a key for submitSignatures from reward epoch 7 on',
    },
  ])('is refused $name: its bit votes would be fined', ({ keys: some, says }) => {
    expect(() => settingsOf(fileOf({ ...rest, keys: some, companions }))).toThrow(
      expect.objectContaining({
        code: 'settings-invalid',
        message: expect.stringContaining(`companions: Only with ${says}, as for submit:`),
      }),
    )
    expect(settingsOf(fileOf({ ...rest, keys: some })).companions).toEqual([])
  })

  test('is refused without any key for roots in the short form too', () => {
    expect(() => settingsOf(fileOf({ ...least, companions }))).toThrow(/companions: Only with/)
  })

  test('is taken with keys for roots that change later than the submit key', () => {
    const later = [...keys, { ...aHotKey('submit', '44'), from_reward_epoch: 8 }]
    expect(() => settingsOf(fileOf({ ...rest, keys: later, companions }))).not.toThrow()
  })

  test('is refused where a reveal is signed beforehand, at a Ledger', () => {
    const attended = [{ role: 'submit', address, ledger }, signatures, policy]
    expect(() => settingsOf(fileOf({ ...rest, keys: attended, companions }))).toThrow(
      expect.objectContaining({
        code: 'settings-invalid',
        message: expect.stringMatching(/companions: Not with a submit key on a Ledger/),
      }),
    )
    expect(settingsOf(fileOf({ ...rest, keys: attended })).companions).toEqual([])
    const identity = { role: 'identity', address: `0x${'11'.repeat(20)}`, ledger }
    expect(() =>
      settingsOf(fileOf({ ...rest, keys: [...keys, identity], companions })),
    ).not.toThrow()
  })
})

describe('what is done at once and by itself', () => {
  const { submit_address: address, keystore_file: keystoreFile, ...rest } = least
  const submit = { role: 'submit', address, keystore_file: keystoreFile }
  const policy = { role: 'signingPolicy', address: `0x${'33'.repeat(20)}`, ledger }
  const executor = { role: 'executor', address: `0x${'55'.repeat(20)}`, ledger }

  test.each([
    { name: 'relay', value: 'when-selected' },
    { name: 'register', value: 'automatic' },
  ])('is refused with a signing-policy key on a Ledger, where nobody is: $name', (setting) => {
    const asked = { ...rest, keys: [submit, policy], [setting.name]: setting.value }
    expect(() => settingsOf(fileOf(asked))).toThrow(
      expect.objectContaining({
        code: 'settings-invalid',
        message: expect.stringContaining(
          `${setting.name}: Not with a signingPolicy key on a Ledger: nobody is at it`,
        ),
      }),
    )
    expect(() => settingsOf(fileOf({ ...asked, [setting.name]: 'off' }))).not.toThrow()
    const others = [submit, aHotKey('signingPolicy', '33'), executor]
    expect(() => settingsOf(fileOf({ ...asked, keys: others }))).not.toThrow()
  })
})

describe('a secret', () => {
  const secret = 'a secret that is thirty-two characters or longer'
  const secretFile = (name: string, text: string, mode = 0o600) => {
    const file = join(directory, name)
    writeFileSync(file, text, { mode: 0o600 })
    chmodSync(file, mode)
    return file
  }

  test('is the text of its file without the last line break', () => {
    const file = secretFile('one', `${secret}\n`)
    expect(secretOf('bridgeSecret', { CHRONO_BRIDGE_SECRET_FILE: file })).toBe(secret)
  })

  test("is systemd's credential where no variable names a file", () => {
    const credentials = join(directory, 'credentials')
    mkdirSync(credentials)
    secretFile('credentials/operator-secret', secret, 0o400)
    expect(secretOf('operatorSecret', { CREDENTIALS_DIRECTORY: credentials })).toBe(secret)
  })

  test.each([
    { name: 'nothing says where it is', env: {}, says: /Set CHRONO_BRIDGE_SECRET_FILE/ },
    {
      name: 'it is not there',
      env: { CHRONO_BRIDGE_SECRET_FILE: '/none' },
      says: /cannot be read/,
    },
    {
      name: 'others may read it',
      env: { CHRONO_BRIDGE_SECRET_FILE: secretFile('two', secret, 0o640) },
      says: /chmod 600/,
    },
    {
      name: 'it is too short',
      env: { CHRONO_BRIDGE_SECRET_FILE: secretFile('three', 'short-and-visible') },
      says: /fewer than 32 characters/,
    },
  ])('is refused when $name, and never shown', ({ env, says }) => {
    expect(() => secretOf('bridgeSecret', env)).toThrow(
      expect.objectContaining({ code: 'secret-unreadable', message: expect.stringMatching(says) }),
    )
    expect(() => secretOf('bridgeSecret', env)).not.toThrow(/short-and-visible/)
  })
})
