import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { type Hex, keccak256, recoverMessageAddress } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { afterAll, describe, expect, test } from 'vitest'
import { keyHolding, keyringOf, sendersIn } from '../../../signer-bridge/keyring.ts'
import type { KeyPlace, KeySettings } from '../../../signer-bridge/key-settings.ts'
import { developmentKeystore } from '../../../signer-bridge/keystore.ts'
import { openingKeyring, openKeyring } from '../../../signer-bridge/open-keys.ts'
import { askHidden } from '../../../signer-bridge/prompt.ts'
import type { Role, RoleKey } from '../../../signer-bridge/roles.ts'
import { settingsOf } from '../../../signer-bridge/settings.ts'

const directory = mkdtempSync(join(tmpdir(), 'chrono-keys-'))
afterAll(() => rmSync(directory, { recursive: true }))

const privateKeys = ['0x01', '0x02', '0x03', '0x04'].map((text) => keccak256(text as Hex))
const accounts = privateKeys.map((key) => privateKeyToAccount(key))
const [first = accountMissing(), second = accountMissing(), third = accountMissing()] = accounts

function accountMissing(): never {
  throw new Error('There are four accounts.')
}

function keep(name: string, text: string, mode = 0o600): string {
  const file = join(directory, name)
  writeFileSync(file, text, { mode: 0o600 })
  chmodSync(file, mode)
  return file
}

describe('a keyring', () => {
  const dated = (role: Role, signer: typeof first, fromRewardEpoch: number) => ({
    role,
    signer,
    fromRewardEpoch,
    address: signer.address,
  })
  const ring = keyringOf([
    dated('submit', second, 400),
    dated('submit', first, 0),
    dated('signingPolicy', third, 390),
  ])

  test.each([
    { role: 'submit', epoch: 399, is: first },
    { role: 'submit', epoch: 400, is: second },
    { role: 'submit', epoch: 999, is: second },
    { role: 'signingPolicy', epoch: 389, is: undefined },
    { role: 'signingPolicy', epoch: 390, is: third },
    { role: 'identity', epoch: 400, is: undefined },
  ] as const)('has for $role in reward epoch $epoch the key that began last', (asked) => {
    expect(ring.keyOf(asked.role, asked.epoch)?.address).toBe(asked.is?.address)
  })

  test('finds an old key by its role and address, in any case of letters', () => {
    const address: Hex = `0x${first.address.slice(2).toLowerCase()}`
    expect(keyHolding(ring, 'submit', address)?.signer).toBe(first)
    expect(keyHolding(ring, 'submitSignatures', address)).toBeUndefined()
  })

  test('names those that send', () => {
    expect(sendersIn(ring).map(({ address }) => address)).toEqual([second.address, first.address])
  })
})

describe('keys in the settings', () => {
  const [submit, signatures, policy] = [
    { role: 'submit', address: first.address, keystore_file: 'submit.json' },
    { role: 'submitSignatures', address: second.address, env: 'SIGNATURES_KEY' },
    { role: 'signingPolicy', address: third.address, ledger: { path: "44'/60'/0'/0/2" } },
  ] as const
  const settings = (keys: readonly unknown[], differing: object = {}) => {
    const given = {
      network: 'local',
      rpc_urls: ['http://127.0.0.1:1'],
      worker_url: 'http://127.0.0.1:2',
      journal_file: 'journal.sqlite',
      keys,
      ...differing,
    }
    return settingsOf(keep('settings.json', JSON.stringify(given)))
  }

  test('say for each role where its key is', () => {
    const { keys, submitAddress } = settings([
      { ...submit, password: { file: 'pass' } },
      { ...submit, address: third.address, from_reward_epoch: 9, password: 'prompt' },
      signatures,
      policy,
    ])
    expect(keys.map(({ place }) => place)).toEqual([
      {
        kind: 'keystore',
        file: join(directory, 'submit.json'),
        password: { kind: 'file', file: join(directory, 'pass') },
      },
      { kind: 'keystore', file: join(directory, 'submit.json'), password: { kind: 'prompt' } },
      { kind: 'env', variable: 'SIGNATURES_KEY' },
      { kind: 'ledger', ledger: { path: "44'/60'/0'/0/2", armed_by_hand: false } },
    ])
    expect(submitAddress).toBe(third.address)
  })

  test.each([
    { name: 'no key for submit', keys: [signatures], says: /no key for submit/ },
    {
      name: 'two that begin together',
      keys: [submit, { ...submit, address: second.address }],
      says: /Two keys for submit begin in reward epoch 0/,
    },
    {
      name: 'one address that submits and sends signatures',
      keys: [submit, { ...signatures, address: first.address.toLowerCase() }],
      says: /cannot be submit and submitSignatures/,
    },
    {
      name: 'an identity that signs roots',
      keys: [submit, { role: 'identity', address: third.address }, policy],
      says: /cannot be identity/,
    },
    { name: 'a key in two places', keys: [{ ...submit, env: 'KEY' }], says: /in one place/ },
    {
      name: 'a password without a keystore',
      keys: [{ role: 'submit', address: first.address, password: 'prompt' }],
      says: /Only a keystore has one/,
    },
    { name: 'a role that is none', keys: [{ ...submit, role: 'relay' }], says: /keys\.0\.role/ },
  ])('refuse $name', ({ keys, says }) => {
    expect(() => settings(keys)).toThrow(
      expect.objectContaining({ code: 'settings-invalid', message: expect.stringMatching(says) }),
    )
  })

  test.each([
    {
      name: 'a key in the environment of a real network',
      differing: { network: 'coston2', worker_url: 'https://oracle.example' },
      says: /for the local network only/,
    },
    {
      name: 'keys in both forms',
      differing: { submit_address: first.address },
      says: /either submit_address or keys/,
    },
    {
      name: 'a keystore of nobody',
      differing: { keystore_file: 'x.json' },
      says: /each says where it is/,
    },
  ])('refuse $name', ({ differing, says }) => {
    expect(() => settings([submit, signatures], differing)).toThrow(
      expect.objectContaining({ message: expect.stringMatching(says) }),
    )
  })

  test('one address may sign roots and send signatures', () => {
    expect(
      settings([submit, signatures, { ...policy, address: second.address }]).keys,
    ).toHaveLength(3)
  })
})

describe('opening keys', () => {
  const { keystore } = developmentKeystore('the password', privateKeys[0])
  const file = keep('first.json', JSON.stringify(keystore))

  const aKey = (place: KeyPlace, address = first.address): KeySettings => ({
    role: 'submit',
    address,
    fromRewardEpoch: 0,
    place,
  })
  const opened = async (key: KeySettings, env = {}, chainId = 31_337) => {
    const asked: string[] = []
    const ask = async (question: string) => {
      asked.push(question)
      return 'the password'
    }
    const ring = await openKeyring([key], { chainId, env, ask })
    const signature = await ring.keyOf('submit', 5)?.signer.signMessage({ message: 'x' })
    const address = await recoverMessageAddress({ message: 'x', signature: signature ?? '0x' })
    return { address, asked }
  }

  test.each([
    {
      name: 'the usual file',
      password: { kind: 'usual' } as const,
      env: { CHRONO_KEYSTORE_PASSWORD_FILE: keep('usual', 'the password\n') },
    },
    {
      name: 'a file of its own',
      password: { kind: 'file', file: keep('own', 'the password') } as const,
      env: {},
    },
    {
      name: 'a credential of systemd’s',
      password: { kind: 'credential', name: 'own' } as const,
      env: { CREDENTIALS_DIRECTORY: directory },
    },
  ])('of a keystore, with its password in $name', async ({ password, env }) => {
    const { address, asked } = await opened(aKey({ kind: 'keystore', file, password }), env)
    expect(address).toBe(first.address)
    expect(asked).toEqual([])
  })

  test('of a keystore, with a person who types its password', async () => {
    const key = aKey({ kind: 'keystore', file, password: { kind: 'prompt' } })
    expect(await opened(key)).toEqual({
      address: first.address,
      asked: [`Password of ${file}: `],
    })
  })

  test.each([
    { name: 'itself', value: privateKeys[1] },
    { name: 'in a file', value: keep('second.key', `${privateKeys[1]}\n`) },
  ])('of a variable that holds the key $name', async ({ value }) => {
    const key = aKey({ kind: 'env', variable: 'KEY' }, second.address)
    expect((await opened(key, { KEY: value })).address).toBe(second.address)
  })

  test.each([
    {
      name: 'a keystore with another key',
      key: aKey({ kind: 'keystore', file, password: { kind: 'prompt' } }, second.address),
      code: 'address-differs',
    },
    {
      name: 'a variable with another key',
      key: aKey({ kind: 'env', variable: 'KEY' }, third.address),
      code: 'address-differs',
    },
    {
      name: 'a variable with no key',
      key: aKey({ kind: 'env', variable: 'NONE' }),
      code: 'secret-unreadable',
    },
    {
      name: 'a credential without systemd',
      key: aKey({ kind: 'keystore', file, password: { kind: 'credential', name: 'x' } }),
      code: 'secret-unreadable',
    },
    {
      name: 'a keystore that is not there',
      key: aKey({ kind: 'keystore', file: '/none', password: { kind: 'prompt' } }),
      code: 'settings-invalid',
    },
    { name: 'a key that is nowhere', key: aKey({ kind: 'elsewhere' }), code: 'settings-invalid' },
    {
      name: 'a Ledger where none is opened',
      key: aKey({ kind: 'ledger', ledger: { path: "44'/60'/0'/0/0", armed_by_hand: false } }),
      code: 'settings-invalid',
    },
  ])('refuses $name, and shows no key', async ({ key, code }) => {
    const env = { KEY: privateKeys[1] }
    await expect(opened(key, env)).rejects.toMatchObject({ code })
    await expect(opened(key, env)).rejects.not.toMatchObject({
      message: expect.stringContaining(String(privateKeys[1]).slice(2)),
    })
  })

  test('a Ledger’s key comes from whoever opens Ledgers', async () => {
    const ledger = { path: "44'/60'/0'/0/0", armed_by_hand: false }
    const pins: unknown[] = []
    const ring = await openKeyring([aKey({ kind: 'ledger', ledger })], {
      chainId: 14,
      env: {},
      ask: async () => '',
      ledgerSigner: (pin) => {
        pins.push(pin)
        return first
      },
    })
    expect(pins).toEqual([{ ledger, address: first.address }])
    expect(ring.keys()).toHaveLength(1)
  })
})

describe('a question at the terminal', () => {
  function aTerminal(isTTY: boolean) {
    const input = Object.assign(new PassThrough(), { isTTY })
    const output = new PassThrough()
    const shown: string[] = []
    output.on('data', (chunk) => shown.push(String(chunk)))
    return { terminal: { input, output }, shown }
  }

  test('is answered without the answer being shown', async () => {
    const { terminal, shown } = aTerminal(true)
    const answer = askHidden('Password: ', terminal)
    terminal.input.write('a secret\n')
    expect(await answer).toBe('a secret')
    expect(shown.join('')).toBe('Password: \n')
  })

  test('is not asked where nobody sits', async () => {
    const { terminal, shown } = aTerminal(false)
    await expect(askHidden('Password: ', terminal)).rejects.toMatchObject({
      code: 'secret-unreadable',
    })
    expect(shown).toEqual([])
  })
})

describe('keys that are still being opened', () => {
  const storeOf = (index: number, name: string) =>
    keep(name, JSON.stringify(developmentKeystore('the password', privateKeys[index]).keystore))
  const password = { kind: 'file', file: keep('right', 'the password') } as const
  const wrong = { kind: 'file', file: keep('wrong', 'another password') } as const
  const at = (role: Role, index: number, its: typeof password | typeof wrong): KeySettings => ({
    role,
    address: accounts[index]?.address ?? accountMissing(),
    fromRewardEpoch: 0,
    place: { kind: 'keystore', file: storeOf(index, `${role}.json`), password: its },
  })
  const deps = { chainId: 31_337, env: {}, ask: async () => '' }
  const openOf = ({ keys }: { keys: () => readonly RoleKey[] }) =>
    keys().flatMap(({ role, signer }) => (signer.isOpen?.() === true ? [role] : []))

  test('are there at once; those that reveal are opened first', async () => {
    const keys = [at('signingPolicy', 0, password), at('submit', 1, password)]
    const { keyring, submitOpen, allOpen } = await openingKeyring(keys, deps)
    expect(keyring.keys().map(({ address }) => address)).toEqual([first.address, second.address])
    expect(openOf(keyring)).toEqual([])
    await submitOpen
    expect(openOf(keyring)).toEqual(['submit'])
    await allOpen
    expect(openOf(keyring)).toEqual(['signingPolicy', 'submit'])
  })

  test('sign what they are asked before that, once they are open', async () => {
    const keys = [at('submit', 1, password), at('signingPolicy', 0, password)]
    const { keyring } = await openingKeyring(keys, deps)
    const signature = await keyring.keyOf('signingPolicy', 0)?.signer.signMessage({ message: 'x' })
    expect(signature).toBe(await first.signMessage({ message: 'x' }))
  })

  test('with a wrong password stay shut, and those that reveal are opened all the same', async () => {
    const keys = [at('signingPolicy', 0, wrong), at('submit', 1, password)]
    const { keyring, submitOpen, allOpen } = await openingKeyring(keys, deps)
    await submitOpen
    await expect(allOpen).rejects.toMatchObject({ code: 'keystore-locked' })
    expect(openOf(keyring)).toEqual(['submit'])
    await expect(openKeyring(keys, deps)).rejects.toMatchObject({ code: 'keystore-locked' })
  })
})
