/** `chrono-bridge register` as a process, against a chain whose reward epochs wait at each step. */

import { once } from 'node:events'
import type { Address } from 'viem'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { houseAccount, HouseWorld } from '../support/housekeeping.ts'

const roundSec = 6
const rewardEpochRounds = 4
const oneEpochMs = roundSec * rewardEpochRounds * 1_000

const voter = houseAccount('newcomer').address
const standing = houseAccount('identity').address
const executor = houseAccount('executor').address
const hot = ['submit', 'submitSignatures', 'signingPolicy'] as const
const names = hot.map((role) => [role, `newcomer ${role}`] as const)

let world: HouseWorld

beforeAll(async () => {
  world = await HouseWorld.start({ roundSec, rewardEpochRounds })
  await hold(true)
  await adopted(
    voter,
    names.map(([, name]) => name),
  )
})
afterAll(() => world.stop())

const hold = (isToBeHeld: boolean) => world.asKeeper('FlareSystemsManager', 'hold', [isToBeHeld])
const settings = (
  name: string,
  roles: Parameters<HouseWorld['settings']>[1],
  differing: object = {},
) => world.settings(name, roles, { reward_epoch_rounds: rewardEpochRounds, ...differing })

/** Has EntityManager know a voter's addresses, and gives it weight. */
async function adopted(identity: Address, accounts: readonly string[]): Promise<void> {
  const [submitAddress, submitSignaturesAddress, signingPolicyAddress] = accounts.map(
    (name) => houseAccount(name).address,
  )
  const acting = { submitAddress, submitSignaturesAddress, signingPolicyAddress }
  await world.asKeeper('EntityManager', 'adopt', [identity, acting])
  await world.asKeeper('VoterRegistry', 'setVoter', [identity, 1n, false])
}
const countOf = (address: `0x${string}`) => world.client().getTransactionCount({ address })

type Step = 'waiting' | 'random' | 'open' | 'closed'

/** Which step towards the next reward epoch the chain has reached. */
async function stepNow(): Promise<Step> {
  const read = (functionName: string, args: readonly unknown[] = []): Promise<unknown> =>
    world.client().readContract({
      address: world.chain.contracts.FlareSystemsManager,
      abi: world.compiled.FlareSystemsManager.abi,
      functionName,
      args,
    })
  if ((await read('isVoterRegistrationEnabled')) === true) return 'open'
  const next = (await world.currentEpoch()) + 1
  const random = await read('getRandomAcquisitionInfo', [next])
  const [startTs, , , endBlock] = Array.isArray(random) ? random : []
  if (startTs === 0n) return 'waiting'
  return endBlock === 0n ? 'random' : 'closed'
}

/** Lets the chain go on until it is at a step, and keeps it there. */
async function untilAt(...steps: readonly Step[]): Promise<void> {
  await hold(false)
  const isThere = async () => steps.includes(await stepNow())
  await expect.poll(isThere, { timeout: 3 * oneEpochMs, interval: 100 }).toBe(true)
  await hold(true)
  expect(steps).toContain(await stepNow())
}

describe('register', () => {
  const newcomer = () => settings('newcomer', [...names, 'executor'])
  const register = (file: string, ...args: readonly string[]) =>
    world.run(file, 'register', '--voter', voter, ...args)

  test('before registration is open sends nothing for who is no voter yet, and tells what the chain knows', async () => {
    await untilAt('waiting', 'random')
    const { code, out } = await register(
      settings('mixed', ['submit', ...names.slice(1), 'executor']),
      '--yes',
    )
    const lineOf = (role: string) => out.split('\n').find((line) => line.startsWith(`  ${role} `))
    expect(lineOf('submit')).toContain(
      `DIFFERS: the settings have ${houseAccount('submit').address}`,
    )
    expect(lineOf('submitSignatures')).toContain('the settings have the same')
    expect(lineOf('signingPolicy')).toContain('the settings have the same')
    expect(lineOf('delegation')).toContain('not confirmed')
    expect(out).toMatch(/Registration for reward epoch \d+ is not open yet/)
    expect(code).toBe(6)
  })

  test('pre-registers a voter of the present reward epoch, once', async () => {
    await untilAt('waiting', 'random')
    const file = settings('standing', [...hot, 'executor'])
    const before = await countOf(executor)
    const { code, out, err } = await world.runAlone(file, 'register', '--yes')
    expect(err).toBe('')
    expect(out).toContain(`The voter ${standing}, as of now:`)
    expect(out).toContain(`Sent by ${executor} (executor)`)
    expect(out).toMatch(new RegExp(`${standing} is pre-registered for reward epoch \\d+\\.`))
    expect(code).toBe(0)

    const again = await world.run(file, 'register', '--yes')
    expect(again.err).toBe('')
    expect(again.out).toContain('Pre-registered for reward epoch')
    const rpc_urls = ['http://127.0.0.1:1', world.chain.rpcUrl]
    const halved = settings('standing', [...hot, 'executor'], { rpc_urls })
    const alone = await world.run(halved, 'register', '--yes')
    expect(alone.out).toContain('One node alone of those in the settings answers')
    expect(alone.out).toContain('Pre-registered for reward epoch')
    expect(alone.code).toBe(0)
    expect(await countOf(executor)).toBe(before + 1)
  })

  test('while registration is open registers once, by the signature of the key that the chain knows', async () => {
    await untilAt('open')
    const before = await countOf(executor)
    const wrong = settings('wrong', [
      ...names.slice(0, 2),
      ['signingPolicy', 'stranger'],
      'executor',
    ])
    const refused = await register(wrong, '--yes')
    expect(refused.err).toMatch(/^house-refused: The chain wants the signature of 0x.*key is 0x/)
    expect(refused.code).toBe(1)
    const silent = await register(newcomer())
    expect(silent.err).toMatch(/^terminal-missing: /)
    expect(await countOf(executor)).toBe(before)

    const { code, out, err } = await register(newcomer(), '--yes')
    expect(err).toBe('')
    expect(out).toMatch(new RegExp(`${voter} is registered for reward epoch \\d+\\.`))
    expect(code).toBe(0)
    const again = await register(newcomer(), '--yes')
    expect(again.out).toMatch(/Registered for reward epoch \d+\./)
    expect(again.code).toBe(0)
    expect(await countOf(executor)).toBe(before + 1)
  })

  test('when registration is over says so', async () => {
    await untilAt('closed')
    const late = await world.run(
      settings('late', [['signingPolicy', 'latecomer'], 'submit', 'executor']),
      'register',
      '--voter',
      houseAccount('latecomer').address,
      '--yes',
    )
    expect(late.out).toMatch(/Registration for reward epoch \d+ is closed: it is missed\./)
    expect(late.code).toBe(6)
  })

  test('who was registered is a voter of the next reward epoch, and whom it pre-registers the system registers', async () => {
    await untilAt('waiting', 'random')
    const { out } = await register(newcomer(), '--yes')
    expect(out).toMatch(/In the present reward epoch, \d+, it is a voter\./)
    expect(out).toMatch(/is pre-registered for reward epoch/)
    await untilAt('open')
    const before = await countOf(executor)
    expect((await register(newcomer(), '--yes')).out).toMatch(/Registered for reward epoch \d+\./)
    expect(await countOf(executor)).toBe(before)
  })
})

describe('a running bridge', () => {
  test('registers by itself where the settings say so, once, and with no Worker', async () => {
    await untilAt('waiting', 'random')
    const own = hot.map((role) => [role, `automatic ${role}`] as const)
    const identity = houseAccount('automatic').address
    await adopted(
      identity,
      own.map(([, name]) => name),
    )
    const before = await countOf(executor)
    const file = settings('automatic', [...own, 'executor'], { register: 'automatic' })
    const child = world.spawn(file, 'run')
    let said = ''
    child.stdout?.on('data', (part: Buffer) => (said += part.toString()))
    try {
      await expect.poll(() => said, { timeout: 30_000 }).toContain('"event":"registration-seen"')
      await untilAt('open')
      await expect.poll(() => said, { timeout: 60_000 }).toContain('"event":"voter-registered"')
      expect(said).toMatch(/"event":"voter-registered".*"kind":"register","outcome":"landed"/)
      const seen = () => said.match(/Registered for reward epoch/g)?.length ?? 0
      await expect.poll(seen, { timeout: 30_000 }).toBeGreaterThan(0)
      expect(await countOf(executor)).toBe(before + 1)
    } finally {
      child.kill('SIGTERM')
      await once(child, 'close')
    }
    expect(said).toContain('"event":"bridge-stopped"')
  }, 180_000)
})
