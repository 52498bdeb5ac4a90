/** Where the parts of a system are and what opens them: ports of this machine, secrets of this run. */

import { randomBytes } from 'node:crypto'
import { freePort } from './processes.ts'

export const host = '127.0.0.1'

/** What `stack.json` tells of a running system. */
export type StackFile = {
  readonly mode: 'live' | 'replay'
  readonly worker_url: string
  readonly api_key: string
  readonly admin_key: string
  readonly neon_url: string
  readonly database_url: string
  readonly redis_url: string
  readonly redis_token: string
  readonly round_seconds: number
  readonly dashboard_url: string
  readonly rpc_url: string
  readonly chain_id: number
  /** Addresses of the protocol's contracts by their names in the registry. */
  readonly contracts: Readonly<Record<string, string>>
  readonly bridge_metrics_url: string
  /** The control interface of the replayed exchanges; absent when prices are live. */
  readonly exchanges_url?: string
}

/** The settings of a run that addresses depend on. */
export type AddressOptions = {
  readonly port: number
  readonly dashboardPort: number
  readonly mode: 'live' | 'replay'
  readonly roundSec: number
}

export type Addresses = {
  readonly exchangesUrl: string
  readonly inspectorPort: number
  /** Known to the Worker and the bridge. */
  readonly bridgeSecret: string
  /** All but what the parts themselves tell when they have started. */
  readonly file: Omit<StackFile, 'api_key' | 'chain_id' | 'contracts'>
}

export async function addressesOf(options: AddressOptions): Promise<Addresses> {
  const exchangesUrl = await freeUrl()
  return {
    exchangesUrl,
    inspectorPort: await freePort(),
    bridgeSecret: secretFor('bridge'),
    file: {
      mode: options.mode,
      worker_url: `http://${host}:${options.port}`,
      admin_key: secretFor('admin'),
      neon_url: `${await freeUrl()}/sql`,
      database_url: `postgres://postgres:postgres@${host}:${await freePort()}/postgres`,
      redis_url: await freeUrl(),
      redis_token: secretFor('redis'),
      round_seconds: options.roundSec,
      dashboard_url: `http://${host}:${options.dashboardPort}`,
      rpc_url: await freeUrl(),
      bridge_metrics_url: `${await freeUrl()}/metrics`,
      ...(options.mode === 'replay' ? { exchanges_url: exchangesUrl } : {}),
    },
  }
}

/** The port of an address, as a command line takes it. */
export function portIn(url: string): string {
  return new URL(url).port
}

async function freeUrl(): Promise<string> {
  return `http://${host}:${await freePort()}`
}

/** A secret of this run, marked as one of development. */
export function secretFor(purpose: string): string {
  return `dev_${purpose}_${randomBytes(24).toString('base64url')}`
}
