/** `chrono-bridge rewards` as a process, against a chain that checks proofs, windows and executors. */

import { once } from 'node:events'
import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type RequestListener } from 'node:http'
import { join } from 'node:path'
import {
  type Address,
  createWalletClient,
  encodeFunctionData,
  type Hex,
  http,
  parseEther,
  parseGwei,
  toFunctionSelector,
} from 'viem'
import { mnemonicToAccount } from 'viem/accounts'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { publicMnemonic } from '../../local/ledger/seed.ts'
import { openJournal } from '../../signer-bridge/journal/journal.ts'
import { rewardManagerAbi } from '../../signer-bridge/housekeeping/abis.ts'
import { claimTypes } from '../../src/protocol/reward-claims.ts'
import { aFee, houseAccount, HouseWorld } from '../support/housekeeping.ts'
import { Ledger } from '../support/ledger.ts'

const identity = houseAccount('identity')
const treasury = houseAccount('treasury').address
const stranger = houseAccount('stranger').address
const onLedger = mnemonicToAccount(publicMnemonic, { addressIndex: 7 })

const claimSelector = toFunctionSelector(
  rewardManagerAbi.find((item) => item.type === 'function' && item.name === 'claim') ??
    'function claim()',
)

/** Each claims in one test: what is claimed is claimed. */
const claimants = ['plain', 'wrapping', 'lost', 'killed', 'beside', 'listed', 'owning'] as const

let world: HouseWorld
let current: number
const closing: (() => void)[] = []

beforeAll(async () => {
  world = await HouseWorld.start()
  current = await world.currentEpoch()
  await world.asKeeper('RewardManager', 'setFirstClaimable', [current - 2])
  await world.reward(current - 2, [
    aFee(current - 2, '12.5', identity.address),
    aFee(current - 2, '99', stranger),
  ])
  const wnat = { rewardEpochId: current - 1, claimType: claimTypes.wnat } as const
  await world.reward(current - 1, [
    aFee(current - 1, '7.25', identity.address),
    { ...aFee(current - 1, '3', identity.address), claimType: claimTypes.direct },
    aFee(current - 1, '5', onLedger.address),
    ...claimants.map((name) => aFee(current - 1, '10', houseAccount(name).address)),
    { ...wnat, beneficiary: houseAccount('wrapping').address, amount: parseEther('1.5') },
  ])
  for (const name of claimants) await world.fund(houseAccount(name).address)
  await world.fund(onLedger.address)
})
afterAll(() => world.stop())
beforeEach(() => void world.chain.order({ drop: { count: 0 }, lose: { count: 0 } }))
afterEach(() => {
  for (const close of closing.splice(0)) close()
})

const hot = ['submit', 'submitSignatures', 'signingPolicy'] as const
const balanceOf = (address: Address) => world.client().getBalance({ address })
const countOf = (address: Address) => world.client().getTransactionCount({ address })

/** A server on this machine for as long as a test lasts. */
async function serving(listener: RequestListener): Promise<string> {
  const server = createServer(listener)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  closing.push(() => {
    server.closeAllConnections()
    server.close()
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('Expected a TCP address.')
  return `http://127.0.0.1:${address.port}`
}

describe('rewards show', () => {
  const show = (...args: readonly string[]) =>
    world.run(world.settings('show', [...hot, 'identity']), 'rewards', 'show', ...args)

  test('tells what is claimable with its proof and its expiry, and nothing of others', async () => {
    const { code, out } = await show('--data', world.dataDirectory)
    expect(out).toContain(`${identity.address} (identity): 22.75 FLR (local) can be claimed.`)
    expect(out).toMatch(/FEE {5}12\.5 FLR \(local\); proven by the root on chain/)
    expect(out).toMatch(/DIRECT {2}3 FLR/)
    expect(out).toMatch(
      new RegExp(`Reward epoch ${current - 2}, expires after \\d{4}-\\d\\d-\\d\\d`),
    )
    expect(out).not.toContain(stranger)
    expect(out).not.toContain('99 FLR')
    expect(code).toBe(0)
  })

  test('of one reward epoch, from one file, for programs', async () => {
    const file = join(
      world.dataDirectory,
      'local',
      String(current - 2),
      'reward-distribution-data.json',
    )
    const { out } = await show('--epoch', String(current - 2), '--data', file, '--json')
    expect(JSON.parse(out)).toMatchObject({
      network: 'local',
      owners: [
        {
          owner: identity.address,
          claimable_wei: String(parseEther('12.5')),
          reward_epochs: [{ reward_epoch_id: current - 2, by_proof: [{ state: 'claimable' }] }],
        },
        { what: 'signing policy', claimable_wei: '0' },
      ],
    })
  })

  test('without data says that fees are not known, and refuses an epoch that is not claimable', async () => {
    expect((await show()).out).toContain(
      'Of fees and direct rewards nothing is known without --data',
    )
    const { code, err } = await show('--epoch', String(current))
    expect(err).toMatch(/^house-refused: Rewards of reward epoch \d+ cannot be claimed now\./)
    expect(code).toBe(1)
  })

  test('shows nothing as claimable that the root on chain does not prove', async () => {
    const forged = join(world.directory, 'forged')
    cpSync(world.dataDirectory, forged, { recursive: true })
    const file = join(forged, 'local', String(current - 2), 'reward-distribution-data.json')
    writeFileSync(
      file,
      readFileSync(file, 'utf8').replaceAll(
        String(parseEther('12.5')),
        String(parseEther('12500')),
      ),
    )
    const { out } = await show('--epoch', String(current - 2), '--data', forged)
    expect(out).toContain(`(identity): 0 FLR (local) can be claimed.`)
    expect(out).toContain('its proof does not lead to the root on chain')
  })

  test('reads data from an address, and says why it cannot', async () => {
    const asked: string[] = []
    const url = await serving((request, response) => {
      asked.push(request.url ?? '')
      response.end(readFileSync(join(world.dataDirectory, request.url ?? '')))
    })
    const { out } = await show('--epoch', String(current - 2), '--data', `${url}/`)
    expect(asked[0]).toBe(`/local/${current - 2}/reward-distribution-data.json`)
    expect(out).toContain('12.5 FLR (local) can be claimed.')

    const elsewhere = await serving((_, response) => {
      response.writeHead(302, { Location: url }).end()
    })
    expect((await show('--data', elsewhere)).out).toContain('could not be fetched')
    const none = await serving((_, response) => void response.writeHead(404).end())
    expect((await show('--data', none)).out).toContain('There is no data of it')
  })

  test('goes on where one of two nodes does not answer, and says that all hangs on the other', async () => {
    const rpc_urls = ['http://127.0.0.1:1', world.chain.rpcUrl]
    const settings = world.settings('halved', [...hot, 'identity'], { rpc_urls })
    const data = ['--data', world.dataDirectory]
    const { code, out } = await world.run(settings, 'rewards', 'show', ...data)
    expect(out).toContain('22.75 FLR (local) can be claimed.')
    expect(out).toContain('One node alone of those in the settings answers')
    expect(code).toBe(0)
    const to = ['--recipient', identity.address]
    const claimed = await world.run(settings, 'rewards', 'claim', ...to, ...data, '--yes')
    expect(claimed.err).toMatch(/^nodes-differ: /)
    expect(claimed.code).toBe(1)
  })

  test('believes no root that two nodes contradict one another on', async () => {
    const root = toFunctionSelector('rewardsHash(uint256)')
    const lying = await serving((request, response) => {
      void bodyOf(request).then(async (body) => {
        const answer = await fetch(world.chain.rpcUrl, {
          method: 'POST',
          headers: { 'Content-Type': 'application/json' },
          body,
        })
        const text = await answer.text()
        const lie = `"result":"0x${'1'.repeat(64)}"`
        response.setHeader('Content-Type', 'application/json')
        response.end(body.includes(root) ? text.replace(/"result":"0x[0-9a-f]+"/, lie) : text)
      })
    })
    const settings = world.settings('contradicted', [...hot, 'identity'], {
      rpc_urls: [world.chain.rpcUrl, lying],
    })
    const { code, err } = await world.run(
      settings,
      'rewards',
      'show',
      '--data',
      world.dataDirectory,
    )
    expect(err).toMatch(/^nodes-differ: Nodes contradict one another on the root of reward epoch/)
    expect(code).toBe(1)
  })
})

async function bodyOf(request: IncomingMessage): Promise<string> {
  let body = ''
  request.on('data', (part: Buffer) => (body += part.toString()))
  await once(request, 'end')
  return body
}

describe('rewards claim', () => {
  const settingsFor = (name: string, differing: object = {}) =>
    world.settings(name, [...hot, ['identity', name]], differing)
  const claimTo = (to: Address) =>
    ['rewards', 'claim', '--recipient', to, '--data', world.dataDirectory] as const
  const claim = (settings: string, to: Address, ...args: readonly string[]) =>
    world.run(settings, ...claimTo(to), ...args)

  test('pays the owner once; a second time there is nothing to be claimed', async () => {
    const { address } = houseAccount('plain')
    const before = await balanceOf(address)
    const settings = settingsFor('plain')
    const { code, out, err } = await world.runAlone(settings, ...claimTo(address), '--yes')
    expect(err).toBe('')
    expect(out).toContain(`At ${address} (the owner itself)`)
    expect(out).toContain(`10 FLR (local) have arrived at ${address}.`)
    expect(code).toBe(0)
    const gained = (await balanceOf(address)) - before
    expect(gained).toBeGreaterThan(parseEther('9'))
    expect(gained).toBeLessThan(parseEther('10'))

    const again = await claim(settings, address, '--yes')
    expect(again.out).toBe(`Nothing can be claimed for ${address}.\n`)
    expect(again.code).toBe(0)
    expect(await countOf(address)).toBe(1)

    const command = ['rewards', 'claim', '--recipient', address, '--yes']
    const unknown = await world.runAlone(settings, ...command)
    expect(unknown.out).toContain('nothing is known without --data')
    expect(unknown.err).toMatch(/^rewards-unknown: Nothing that is known can be claimed for 0x/)
    expect(unknown.code).toBe(1)
  })

  test('says that it does not know where a proof does not hold, and fails', async () => {
    const { address } = houseAccount('owning')
    const forged = join(world.directory, 'forged-claim')
    cpSync(world.dataDirectory, forged, { recursive: true })
    const file = join(forged, 'local', String(current - 1), 'reward-distribution-data.json')
    const text = readFileSync(file, 'utf8')
    writeFileSync(file, text.replaceAll(String(parseEther('10')), String(parseEther('10000'))))
    const command = ['rewards', 'claim', '--recipient', address, '--data', forged, '--yes']
    const { code, out, err } = await world.run(settingsFor('owning'), ...command)
    expect(out).toContain('has a claim whose proof does not lead to the root on chain.')
    expect(err).toMatch(/^rewards-unknown: /)
    expect(code).toBe(1)
    expect(await countOf(address)).toBe(0)
  })

  test.each([
    { name: 'a stranger', to: stranger },
    { name: 'the executor', to: houseAccount('executor').address },
  ])('pays nobody whom the settings do not name: $name, whatever the flags say', async ({ to }) => {
    const settings = world.settings('unlisted', [...hot, 'identity', 'executor'])
    const { code, err } = await claim(settings, to, '--yes')
    expect(err).toBe(
      `house-refused: ${to} is neither the owner of the rewards nor in claim_recipients of the settings.\n`,
    )
    expect(code).toBe(1)
    expect(await countOf(identity.address)).toBe(0)
  })

  test('is not done where nobody has said yes', async () => {
    const { code, err, out } = await claim(
      world.settings('silent', [...hot, 'identity']),
      identity.address,
    )
    expect(out).toContain('Arrives: 22.75 FLR (local)')
    expect(err).toMatch(/^terminal-missing: /)
    expect(code).toBe(1)
    expect(await countOf(identity.address)).toBe(0)
  })

  test('has wrapped coins arrive, and initialises what goes by weight on the way', async () => {
    const owner = houseAccount('wrapping')
    const wallet = createWalletClient({ account: owner, transport: http(world.chain.rpcUrl) })
    const deposit = await wallet.sendTransaction({
      chain: null,
      to: world.chain.contracts.WNat,
      value: parseEther('2'),
      maxFeePerGas: parseGwei('2000'),
      maxPriorityFeePerGas: parseGwei('10'),
      gas: 100_000n,
    })
    await world.client().waitForTransactionReceipt({ hash: deposit })
    const { code, out } = await claim(settingsFor('wrapping'), owner.address, '--yes', '--wrap')
    expect(out).toContain('WNAT of reward epoch')
    expect(out).toContain('Arrives: 11.5 FLR (local), wrapped')
    expect(code).toBe(0)
    expect(
      await world.client().readContract({
        address: world.chain.contracts.WNat,
        abi: world.compiled.WNat.abi,
        functionName: 'balanceOf',
        args: [owner.address],
      }),
    ).toBe(parseEther('13.5'))
  })

  test('is sent by an executor to a recipient that owner and settings both name', async () => {
    const owner = houseAccount('listed')
    const settings = world.settings('listed', [...hot, 'executor'], {
      claim_recipients: [treasury],
    })
    const args = ['--owner', owner.address, '--yes']
    const refused = await claim(settings, treasury, ...args)
    expect(refused.err).toMatch(
      /^house-refused: The contract would refuse it: .*only owner or exec/,
    )
    expect(refused.code).toBe(1)

    for (const [functionName, address] of [
      ['setClaimExecutors', houseAccount('executor').address],
      ['setAllowedClaimRecipients', treasury],
    ] as const) {
      const wallet = createWalletClient({ account: owner, transport: http(world.chain.rpcUrl) })
      const { abi } = world.compiled.ClaimSetupManager
      const hash = await wallet.sendTransaction({
        chain: null,
        to: world.chain.contracts.ClaimSetupManager,
        data: encodeFunctionData({ abi, functionName, args: [[address]] }),
        maxFeePerGas: parseGwei('2000'),
        maxPriorityFeePerGas: parseGwei('10'),
        gas: 200_000n,
      })
      await world.client().waitForTransactionReceipt({ hash })
    }
    const { code, out } = await claim(settings, treasury, ...args)
    expect(out).toContain(`At ${treasury} (of claim_recipients)`)
    expect(out).toContain('(executor) to ')
    expect(code).toBe(0)
    expect(await balanceOf(treasury)).toBe(parseEther('10'))
  })

  test('is sent again, the same with a higher fee, where a node has dropped it', async () => {
    const { address } = houseAccount('lost')
    world.chain.order({ drop: { count: 1, selector: claimSelector } })
    const { code, out } = await claim(settingsFor('lost'), address, '--yes')
    expect(out.match(/^Signed at nonce 0: /gm)).toHaveLength(2)
    expect(code).toBe(0)
    expect(await countOf(address)).toBe(1)
  })

  test('that was killed while it waited is taken up again, and lands once', async () => {
    const { address } = houseAccount('killed')
    const settings = settingsFor('killed')
    world.chain.order({ drop: { count: 1_000, selector: claimSelector } })
    const child = world.spawn(settings, ...claimTo(address), '--yes')
    let said = ''
    child.stdout?.on('data', (part: Buffer) => (said += part.toString()))
    await expect.poll(() => said, { timeout: 30_000 }).toContain('Signed at nonce 0')
    child.kill('SIGKILL')
    await once(child, 'close')
    world.chain.order({ drop: { count: 0 } })

    const other = await claim(settings, address, '--yes', '--wrap')
    expect(other.out).toContain(`is open at nonce 0: it is followed first.`)
    expect(other.out).toContain(`The claim of the rewards of ${address} is open`)
    expect(other.out).toContain('10 FLR (local) have arrived')
    expect(other.out).toContain(`Nothing more can be claimed for ${address}.`)
    expect(other.code).toBe(0)
    expect(await countOf(address)).toBe(1)
  })

  test('goes on beside a bridge that runs, but not with a key that it may send from', async () => {
    const { address } = houseAccount('beside')
    const settings = settingsFor('beside', { relay: 'when-selected' })
    const signers: Hex[] = hot.map((role) => houseAccount(role).address)
    const file = join(world.directory, 'beside.sqlite')
    const running = openJournal(file, { chainId: world.chain.chainId, signers })
    closing.push(running.close)
    const policy = houseAccount('signingPolicy').address
    const refused = await claim(settings, address, '--yes', '--from', policy)
    expect(refused.err).toMatch(/^house-refused: A bridge is running that may send from 0x/)
    const submit = await claim(settings, address, '--yes', '--from', houseAccount('submit').address)
    expect(submit.err).toMatch(/^sender-unknown: /)
    expect(await countOf(policy)).toBe(0)

    expect((await claim(settings, address, '--yes')).code).toBe(0)
  })

  test('is signed on a Ledger, whose screen is told beforehand', async () => {
    const ledger = await Ledger.start('--automation', 'approve', '--blind-signing', 'on')
    try {
      const path = "44'/60'/0'/0/7"
      const settings = world.settings('ledger', [...hot], {})
      const given: { keys: object[] } = JSON.parse(readFileSync(settings, 'utf8'))
      const key = { role: 'identity', address: onLedger.address }
      given.keys.push({ ...key, ledger: { path, url: ledger.emulator.url } })
      writeFileSync(settings, JSON.stringify(given))
      const { code, out, err } = await world.runAlone(
        settings,
        ...claimTo(onLedger.address),
        '--yes',
      )
      expect(err).toContain(`On the Ledger now: the claim of the rewards of ${onLedger.address}.`)
      expect(err).toContain('Max fees')
      expect(out).toContain('5 FLR (local) have arrived')
      expect(code).toBe(0)
    } finally {
      await ledger.emulator.stop()
    }
  })
})
