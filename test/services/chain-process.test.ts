/** The local chain as a process: how it says that it is there, and that it leaves nothing behind. */

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterEach, expect, test } from 'vitest'
import { z } from 'zod'
import { contractNames } from '../../local/chain/compile.ts'
import { pause } from '../../local/processes.ts'

const program = join(import.meta.dirname, '..', '..', 'local', 'chain.ts')
const readinessSchema = z.object({
  event: z.literal('chain-started'),
  rpcUrl: z.string(),
  chainId: z.literal(31_337),
  contracts: z.record(z.string(), z.string()),
  genesisSec: z.literal(1_658_430_000),
  roundSec: z.literal(12),
})

let children: ChildProcess[] = []

afterEach(() => {
  for (const child of children) child.kill('SIGKILL')
  children = []
})

async function started(): Promise<{ readonly child: ChildProcess; readonly line: unknown }> {
  const child = spawn(process.execPath, [program, '--port', '0', '--round-seconds', '12'], {
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  })
  children.push(child)
  if (child.stdout === null) throw new Error('Expected standard output.')
  const lines = createInterface({ input: child.stdout })
  const [line] = await once(lines, 'line')
  return { child, line: JSON.parse(String(line)) }
}

/** All processes below one, by their ids, as Linux tells of them. */
function descendantsOf(pid: number): number[] {
  const parentOf = new Map(
    readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .flatMap((name) => {
        try {
          const stat = readFileSync(`/proc/${name}/stat`, 'utf8')
          const [, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
          return [[Number(name), Number(parent)] as const]
        } catch {
          // Ended while we looked.
          return []
        }
      }),
  )
  const below = (of: number): number[] =>
    [...parentOf].flatMap(([id, parent]) => (parent === of ? [id, ...below(id)] : []))
  return below(pid)
}

async function untilGone(pids: readonly number[]): Promise<boolean> {
  for (let waited = 0; waited < 100; waited += 1) {
    const left = pids.filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/stat`, 'utf8').split(' ')[2] !== 'Z'
      } catch {
        return false
      }
    })
    if (left.length === 0) return true
    await pause(30)
  }
  return false
}

test('it tells in one line where everything is, and answers there', async () => {
  const { line } = await started()
  const { rpcUrl, contracts } = readinessSchema.parse(line)
  expect(Object.keys(contracts)).toEqual([...contractNames])
  const answer = await fetch(rpcUrl, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: '{"jsonrpc":"2.0","id":1,"method":"eth_chainId"}',
  })
  expect(await answer.json()).toMatchObject({ result: '0x7a69' })
})

// Processes are counted by what only Linux tells.
test.runIf(process.platform === 'linux').each([
  ['SIGTERM', (one: ChildProcess) => one.kill('SIGTERM')],
  ['SIGINT', (one: ChildProcess) => one.kill('SIGINT')],
  ['the end of its parent', (one: ChildProcess) => one.disconnect()],
  ['SIGKILL', (one: ChildProcess) => one.kill('SIGKILL')],
])('nothing of it is left after %s', async (_, end) => {
  const running = await started()
  const { pid = 0 } = running.child
  const below = descendantsOf(pid)
  expect(below.length).toBeGreaterThanOrEqual(2)
  const exited = once(running.child, 'exit')
  end(running.child)
  await exited
  expect(await untilGone([pid, ...below])).toBe(true)
})

test('a port that is taken is told of in a sentence, and no anvil stays', async () => {
  const { line } = await started()
  const { port } = new URL(readinessSchema.parse(line).rpcUrl)
  const second = spawn(process.execPath, [program, '--port', port], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  children.push(second)
  const said: string[] = []
  second.stderr.on('data', (chunk: Buffer) => said.push(chunk.toString()))
  const [code] = await once(second, 'exit')
  expect(code).toBe(1)
  expect(said.join('')).toMatch(/did not start: .*EADDRINUSE/)
})
