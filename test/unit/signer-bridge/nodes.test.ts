import { RpcRequestError, HttpRequestError, TimeoutError } from 'viem'
import { expect, test } from 'vitest'
import { nodesOf, patienceOf } from '../../../signer-bridge/chain/nodes.ts'
import { paceOf } from '../../../signer-bridge/pace.ts'
import { outcomeOf } from '../../../signer-bridge/chain/refusals.ts'

const request = { body: { secretCalldata: '0xfeed' }, url: 'http://node' }
const answered = (message: string) =>
  new RpcRequestError({ ...request, error: { code: -32_000, message } })

test.each([
  { error: answered('already known'), kind: 'accepted' },
  { error: answered('transaction already imported'), kind: 'accepted' },
  { error: answered('replacement transaction underpriced'), kind: 'underpriced' },
  { error: answered('nonce too low: next nonce 5, tx nonce 4'), kind: 'nonce-used' },
  { error: answered('insufficient funds for gas * price + value'), kind: 'refused' },
  { error: new HttpRequestError({ ...request, status: 502 }), kind: 'unreachable' },
  { error: new TimeoutError(request), kind: 'unreachable' },
  { error: 'odd', kind: 'unreachable' },
])('$error.details $error.shortMessage: $kind', ({ error, kind }) => {
  const outcome = outcomeOf(error)
  expect(outcome.kind).toBe(kind)
  expect(JSON.stringify(outcome)).not.toContain('0xfeed')
})

/** Nodes that are nothing but names; questions are put to the names. */
function namedNodes(...names: string[]) {
  // A node is only handed on to the question.
  return nodesOf(names as unknown as Parameters<typeof nodesOf>[0])
}
const nameOf = (node: unknown) => String(node)

test('the first node that answers is asked first the next time', async () => {
  const asked: string[] = []
  const nodes = namedNodes('dead', 'alive', 'spare')
  const question = async (node: unknown) => {
    asked.push(nameOf(node))
    if (nameOf(node) === 'dead') throw new Error('connect ECONNREFUSED')
    return nameOf(node)
  }
  expect(await nodes.ask(question)).toBe('alive')
  expect(await nodes.ask(question)).toBe('alive')
  expect(asked).toEqual(['dead', 'alive', 'alive'])
})

test('without any answer the chain is unreachable', async () => {
  const nodes = namedNodes('one', 'two')
  const question = async () => {
    throw new Error('connect ECONNREFUSED')
  }
  await expect(nodes.ask(question)).rejects.toMatchObject({ code: 'chain-unreachable' })
  await expect(nodes.askAll(question)).rejects.toMatchObject({ code: 'chain-unreachable' })
})

test('of all answers, those that hang or fail hold up nobody', async () => {
  const nodes = namedNodes('quick', 'hanging', 'dead')
  const startMs = performance.now()
  const answers = await nodes.askAll((node) => {
    if (nameOf(node) === 'hanging') return new Promise<string>(() => undefined)
    if (nameOf(node) === 'dead') return Promise.reject(new Error('dead'))
    return Promise.resolve(nameOf(node))
  })
  expect(answers).toEqual(['quick'])
  expect(performance.now() - startMs).toBeLessThan(2_000)
})

const after = <T>(ms: number, value: T) =>
  new Promise<T>((resolve) => {
    setTimeout(resolve, ms, value)
  })

test('a slow node is heard beside a quick one, which may be behind', async () => {
  const nodes = namedNodes('quick', 'slow')
  const answers = await nodes.askAll((node) =>
    nameOf(node) === 'slow' ? after(600, 'slow') : Promise.resolve('quick'),
  )
  expect(answers).toEqual(['quick', 'slow'])
})

test('a node that hung is not waited for the next time, until it answers in time', async () => {
  const nodes = nodesOf(['quick', 'odd'] as unknown as Parameters<typeof nodesOf>[0], 700)
  let oddMs = 5_000
  const ask = async () => {
    const startMs = performance.now()
    const answers = await nodes.askAll((node) => after(nameOf(node) === 'odd' ? oddMs : 0, node))
    return { count: answers.length, tookMs: performance.now() - startMs }
  }
  expect((await ask()).tookMs).toBeGreaterThan(650)
  expect((await ask()).tookMs).toBeLessThan(500)
  oddMs = 50
  expect((await ask()).count).toBe(2)
  oddMs = 500
  expect((await ask()).count).toBe(2)
})

test.each([
  { roundSec: 10, patienceMs: 666 },
  { roundSec: 20, patienceMs: 750 },
  { roundSec: 90, patienceMs: 1_500 },
])('in rounds of $roundSec s nodes are waited for $patienceMs ms', ({ roundSec, patienceMs }) => {
  expect(patienceOf({ roundSec })).toBe(patienceMs)
})

test('in rounds of any length a node is known to be late before its time is over', () => {
  for (let roundSec = 1; roundSec <= 300; roundSec += 1) {
    expect(patienceOf({ roundSec })).toBeLessThan(paceOf({ roundSec }).nodeMs)
  }
})
