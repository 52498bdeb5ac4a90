/** Brings a planned mishap about: each kind is one thing done to a host, the chain, the Worker or a device. */

import { setTimeout as pause } from 'node:timers/promises'
import type { LocalChain } from '../../local/chain.ts'
import type { Host } from './host.ts'
import type { Mishap } from './plan.ts'
import type { SoakWorker } from './worker.ts'

export type Stage = {
  readonly hosts: readonly [Host, Host]
  readonly chain: Pick<LocalChain, 'order' | 'rpcUrl'>
  readonly worker: Pick<SoakWorker, 'faults'>
  readonly roundMs: number
}

type Doing<Kind extends Mishap['kind']> = (
  stage: Stage,
  mishap: Extract<Mishap, { kind: Kind }>,
) => void | Promise<void>

const doings: { readonly [Kind in Mishap['kind']]: Doing<Kind> } = {
  kill: ({ hosts }, mishap) => hosts[mishap.bridge].dieAt(mishap),
  outage: ({ hosts }, { bridge, forMs }) => hosts[bridge].outage(forMs),
  'both-killed': ({ hosts }) => {
    for (const host of hosts) host.kill()
  },
  'rpc-drops': ({ chain }, { count }) => void chain.order({ drop: { count } }),
  'rpc-loses-answers': ({ chain }, { count }) => void chain.order({ lose: { count } }),
  'rpc-fails': ({ chain }, { count }) => void chain.order({ fail: { count } }),
  'rpc-slow': async ({ chain, roundMs }, { delayMs }) => {
    chain.order({ delayMs })
    await pause(roundMs)
    chain.order({ delayMs: 0 })
  },
  'rpc-down': ({ chain, roundMs }, { forShare }) =>
    void chain.order({ downForMs: Math.round(roundMs * forShare) }),
  'worker-slow': async ({ worker, roundMs }, { delayMs }) => {
    worker.faults.delayMs = delayMs
    await pause(roundMs)
    worker.faults.delayMs = 0
  },
  'worker-down': ({ worker }, { forMs }) => {
    worker.faults.downUntilMs = Date.now() + forMs
  },
  'worker-loses-answers': ({ worker }, { count }) => {
    worker.faults.loseNext = count
  },
  'device-locked': async (stage, { forMs }) => {
    await toDevices(stage, { locked: true })
    await pause(forMs)
    await toDevices(stage, { locked: false })
  },
  'device-vanishes': async (stage, { forMs }) => toDevices(stage, { vanish_ms: forMs }),
  // Whoever is asked to sign a commit in this round: a refused reveal is a person's decision to lose it.
  'device-refuses': async (stage) => {
    await toDevices(stage, { refuse_next: 1 })
    await pause(stage.roundMs * refusalShare)
    await toDevices(stage, { refuse_next: 0 })
  },
  'device-slow': async (stage, { delayMs }) => {
    await toDevices(stage, { slow_ms: delayMs })
    await pause(stage.roundMs)
    await toDevices(stage, { slow_ms: 0 })
  },
  'fee-spike': async ({ chain, roundMs }, { factor }) => {
    await setBaseFee(chain.rpcUrl, usualBaseFeeWei * BigInt(factor))
    await pause(roundMs * spikeShare)
    await setBaseFee(chain.rpcUrl, usualBaseFeeWei)
  },
}

export async function bringAbout(stage: Stage, mishap: Mishap): Promise<void> {
  // The table has for each kind what takes just that kind, which an index cannot say.
  const doing = doings[mishap.kind] as Doing<Mishap['kind']>
  await doing(stage, mishap)
}

/** Flare's floor. */
const usualBaseFeeWei = 500n * 10n ** 9n

/** Of a round. */
const spikeShare = 0.3

/** Of a round: as long as a sitting of submit1 and submit2 is open. */
const refusalShare = 0.5

async function toDevices({ hosts }: Stage, order: object): Promise<void> {
  await Promise.all(hosts.map((host) => host.orderDevice(order)))
}

async function setBaseFee(rpcUrl: string, wei: bigint): Promise<void> {
  const params = [`0x${wei.toString(16)}`]
  await fetch(rpcUrl, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({
      jsonrpc: '2.0',
      id: 1,
      method: 'anvil_setNextBlockBaseFeePerGas',
      params,
    }),
    signal: AbortSignal.timeout(5_000),
  })
}
