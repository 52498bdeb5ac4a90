/** What there is on this machine of what a Ledger over USB needs: tried in a process of its own. */

import { spawnSync } from 'node:child_process'
import { accessSync, constants, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import type { Found, HidNode, Tried } from './diagnosis.ts'

/** Loading a native module is nothing that takes long, unless it hangs. */
const tryMs = 20_000

/** Loads the driver and lists devices: its native parts are loaded by the second only. */
const trial = `
const tell = (what) => process.stdout.write(JSON.stringify(what))
const { createRequire } = require('node:module')
const failed = (error) => tell({ kind: 'failed', code: String(error.code), message: error.message })
try {
  const load = createRequire(process.argv[1])
  load('usb')
  const { default: Transport } = load('@ledgerhq/hw-transport-node-hid')
  Transport.list().then((paths) => tell({ kind: 'loaded', ledgers: paths.length }), failed)
} catch (error) {
  failed(error)
}
`

const triedSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('loaded'), ledgers: z.int() }),
  z.object({ kind: z.literal('failed'), code: z.string(), message: z.string() }),
])

/** @param directory Where the driver is installed. */
export function found(directory: string): Found {
  const isLinux = process.platform === 'linux'
  return {
    tried: tried(directory),
    isLinux,
    hasUdevRule: isLinux && ruleDirectories.some(hasRule),
    nodes: isLinux ? nodes() : [],
  }
}

function tried(directory: string): Tried {
  const args = ['-e', trial, join(directory, 'package.json')]
  const child = spawnSync(process.execPath, args, { encoding: 'utf8', timeout: tryMs })
  try {
    return triedSchema.parse(JSON.parse(child.stdout))
  } catch {
    // It was killed, by a crash of its native part or for taking too long.
    const message = child.stderr.trim().split('\n').at(-1) ?? ''
    return { kind: 'failed', code: String(child.signal ?? child.status), message }
  }
}

const ruleDirectories = ['/etc/udev/rules.d', '/run/udev/rules.d', '/usr/lib/udev/rules.d']

/** Ledger's, in rules and in the kernel's names of devices. */
const vendor = '2c97'

function hasRule(directory: string): boolean {
  return namesIn(directory).some((name) => textOf(join(directory, name)).includes(vendor))
}

function nodes(): readonly HidNode[] {
  const classDirectory = '/sys/class/hidraw'
  return namesIn(classDirectory)
    .filter((name) => {
      const about = textOf(join(classDirectory, name, 'device', 'uevent'))
      return about.toLowerCase().includes(`:0000${vendor}:`)
    })
    .map((name) => ({ path: `/dev/${name}`, isOpenToUs: isOpenToUs(`/dev/${name}`) }))
}

function namesIn(directory: string): readonly string[] {
  try {
    return readdirSync(directory)
  } catch {
    // A directory that is not there has nothing in it.
    return []
  }
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    // What cannot be read says nothing to us.
    return ''
  }
}

function isOpenToUs(path: string): boolean {
  try {
    accessSync(path, constants.R_OK | constants.W_OK)
    return true
  } catch {
    return false
  }
}
