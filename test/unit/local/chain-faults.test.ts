import { type Hex, keccak256, stringToHex } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { beforeAll, expect, test } from 'vitest'
import { Faults, type RpcRequest } from '../../../local/chain/faults.ts'
import { submissionAddress } from '../../../src/protocol/contracts.ts'
import { submissionSelectors } from '../../../src/protocol/submission.ts'

const { submit1, submit2 } = submissionSelectors
let commit: Hex
let reveal: Hex

beforeAll(async () => {
  const account = privateKeyToAccount(keccak256(stringToHex('sender')))
  const signed = (data: Hex, nonce: number) =>
    account.signTransaction({
      type: 'eip1559',
      chainId: 31_337,
      nonce,
      to: submissionAddress,
      gas: 100_000n,
      maxFeePerGas: 10n,
      data,
    })
  commit = await signed(`${submit1}00`, 0)
  reveal = await signed(`${submit2}00`, 1)
})

function sending(raw: Hex, id = 7): RpcRequest {
  return { id, method: 'eth_sendRawTransaction', params: [raw] }
}

test('without an order everything passes', () => {
  const faults = new Faults()
  expect(faults.areOrdered).toBe(false)
  expect(faults.verdictOn(sending(commit))).toEqual({ kind: 'forward' })
})

test('a dropped transaction is answered with its true hash', () => {
  const faults = new Faults()
  faults.order({ drop: { count: 1 } }, 0)
  expect(faults.verdictOn(sending(commit, 42))).toEqual({
    kind: 'answer',
    answer: { jsonrpc: '2.0', id: 42, result: keccak256(commit) },
  })
  expect(faults.state().dropped).toEqual([keccak256(commit)])
})

test('only as many are dropped as were ordered', () => {
  const faults = new Faults()
  faults.order({ drop: { count: 2 } }, 0)
  const kinds = [commit, reveal, commit].map((raw) => faults.verdictOn(sending(raw)).kind)
  expect(kinds).toEqual(['answer', 'answer', 'forward'])
  expect(faults.areOrdered).toBe(false)
})

test('a drop of reveals lets commits pass, and waits', () => {
  const faults = new Faults()
  faults.order({ drop: { count: 1, selector: submit2 } }, 0)
  const kinds = [commit, reveal, reveal].map((raw) => faults.verdictOn(sending(raw)).kind)
  expect(kinds).toEqual(['forward', 'answer', 'forward'])
})

test('a lost transaction is to be forwarded', () => {
  const faults = new Faults()
  faults.order({ lose: { count: 1 } }, 0)
  expect(faults.verdictOn(sending(commit))).toEqual({ kind: 'lose' })
  expect(faults.state()).toMatchObject({ pending: { lose: 0 }, lost: [keccak256(commit)] })
})

test('other requests than transactions are neither dropped nor lost', () => {
  const faults = new Faults()
  faults.order({ drop: { count: 1 }, lose: { count: 1 } }, 0)
  const verdict = faults.verdictOn({ id: 1, method: 'eth_call', params: [commit] })
  expect(verdict).toEqual({ kind: 'forward' })
  expect(faults.state().pending).toEqual({ drop: 1, lose: 1, fail: 0 })
})

test('what is no transaction is for the node to refuse', () => {
  const faults = new Faults()
  faults.order({ drop: { count: 1 } }, 0)
  expect(faults.verdictOn(sending('0x1234'))).toEqual({ kind: 'forward' })
  expect(faults.verdictOn({ id: 1, method: 'eth_sendRawTransaction' })).toEqual({ kind: 'forward' })
})

test('requests of one method fail, with the code and the message that were ordered', () => {
  const faults = new Faults()
  const fail = { count: 1, method: 'eth_blockNumber', code: -32_005, message: 'rate limited' }
  faults.order({ fail }, 0)
  expect(faults.verdictOn({ id: 1, method: 'eth_chainId' })).toEqual({ kind: 'forward' })
  expect(faults.verdictOn({ id: 2, method: 'eth_blockNumber' })).toEqual({
    kind: 'answer',
    answer: { jsonrpc: '2.0', id: 2, error: { code: -32_005, message: 'rate limited' } },
  })
  expect(faults.state().failed).toBe(1)
})

test('the node is down until the span is over, and not a millisecond longer', () => {
  const faults = new Faults()
  faults.order({ downForMs: 500 }, 1_000)
  expect([999, 1_000, 1_499, 1_500].map((nowMs) => faults.isDown(nowMs))).toEqual([
    true,
    true,
    true,
    false,
  ])
})

test('an order leaves alone what it does not name', () => {
  const faults = new Faults()
  faults.order({ drop: { count: 3 }, delayMs: 20 }, 0)
  faults.order({ fail: { count: 1 } }, 0)
  expect(faults.state().pending).toEqual({ drop: 3, lose: 0, fail: 1 })
  expect(faults.delayMs).toBe(20)
  faults.order({ drop: { count: 0 }, delayMs: 0 }, 0)
  expect(faults.state().pending.drop).toBe(0)
  expect(faults.delayMs).toBe(0)
})

test('an order of something else is refused', () => {
  expect(() => new Faults().order({ dorp: { count: 1 } }, 0)).toThrow('dorp')
})
