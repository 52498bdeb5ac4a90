import { type Hex, keccak256, serializeTransaction } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { LedgerSession } from '../../../signer-bridge/ledger/session.ts'
import { UsbLedger } from '../../support/usb-ledger.ts'

const account = privateKeyToAccount(keccak256('0x01'))
const other = privateKeyToAccount(keccak256('0x02'))
const path = "44'/60'/0'/0/0"
const looked = ['app', 'configuration']
const armed = ['open', ...looked, 'address']

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

function ledger() {
  const usb = new UsbLedger(account)
  const events: string[] = []
  const session = new LedgerSession({
    device: usb.device,
    keys: [{ path, address: account.address }],
    log: ({ event, state }) => {
      if (event === 'ledger-seen') events.push(String(state))
    },
    steadyMs: () => performance.now(),
    sleep: (ms) => new Promise((wake) => setTimeout(wake, ms)),
  })
  /** Asks for a signature, and notes how that ended. */
  const ask = (nonce: number, patienceMs = 60_000) => {
    const unsigned: Hex = serializeTransaction({ type: 'eip1559', chainId: 14, nonce })
    const job = {
      digest: keccak256(unsigned),
      what: `call ${nonce}`,
      patienceMs,
      ask: (app: Parameters<Parameters<typeof session.sign>[0]['ask']>[0]) =>
        app.signTransaction(path, unsigned),
    }
    const ended = { with: undefined as unknown }
    session.sign(job).then(
      (signature) => {
        ended.with = signature
      },
      (error: unknown) => {
        ended.with = error
      },
    )
    return ended
  }
  return { usb, session, events, ask }
}

/** One whose screen a person has cleared, looked at and found ready. */
async function readyLedger() {
  const parts = ledger()
  parts.session.confirmClear()
  await pass(0)
  expect(await parts.session.look()).toEqual({ kind: 'ready' })
  expect(parts.usb.diary.splice(0)).toEqual(armed)
  return parts
}

async function pass(ms: number): Promise<void> {
  await vi.advanceTimersByTimeAsync(ms)
}

describe('arming', () => {
  test('nothing is sent before a person has cleared the screen', async () => {
    const { usb, session } = ledger()
    expect(await session.look()).toEqual({ kind: 'screen-unknown' })
    expect(await session.look()).toEqual({ kind: 'screen-unknown' })
    expect(usb.diary).toEqual([])
    session.confirmClear()
    expect(await session.look()).toEqual({ kind: 'ready' })
  })

  test('an app that is seen to be reopened needs no such word', async () => {
    const { usb, session } = ledger()
    await session.look()
    usb.isPlugged = false
    expect(await session.look()).toMatchObject({ kind: 'disconnected' })
    usb.plug()
    expect(await session.look()).toEqual({ kind: 'ready' })
  })

  test.each([
    [{ app: 'BOLOS' }, { kind: 'app-wrong', name: 'BOLOS' }, ['open', 'app']],
    [{ version: '1.21.9' }, { kind: 'old-version', version: '1.21.9' }, ['open', 'app']],
    [{ isLocked: true }, { kind: 'locked' }, ['open', 'app']],
    [{ isBlindSigningOn: false }, { kind: 'blind-signing-off' }, ['open', ...looked]],
    [{ account: other }, { kind: 'address-differs', found: other.address }, armed],
  ])('a device with %o is %o, and asked no further', async (change, state, diary) => {
    const { usb, session } = ledger()
    session.confirmClear()
    Object.assign(usb, change)
    expect(await session.look()).toMatchObject(state)
    expect(usb.diary).toEqual(diary)
  })

  test.each(['1.22.0', '1.22.1', '1.30.0', '2.0.0'])('version %s will do', async (version) => {
    const { usb, session } = ledger()
    session.confirmClear()
    usb.version = version
    expect(await session.look()).toEqual({ kind: 'ready' })
  })

  test('what was set right is seen at the next look, and keys are held against it again', async () => {
    const { usb, session } = await readyLedger()
    usb.isLocked = true
    await session.look()
    usb.isLocked = false
    // Another PIN may have opened another passphrase.
    usb.account = other
    expect(await session.look()).toMatchObject({ kind: 'address-differs' })
    usb.account = account
    expect(await session.look()).toEqual({ kind: 'ready' })
  })

  test('a device that never answers is given up after five seconds', async () => {
    const { usb, session } = ledger()
    session.confirmClear()
    usb.isHanging = true
    const look = session.look()
    await pass(5_000)
    expect(await look).toMatchObject({ kind: 'disconnected' })
    expect(usb.diary).toEqual(['open', 'app', 'close'])
  })
})

describe('signing', () => {
  test('sends one command, and nothing else until the person has answered', async () => {
    const { usb, session, ask, events } = await readyLedger()
    const ended = ask(1)
    await pass(0)
    for (let i = 0; i < 5; i += 1) {
      expect(await session.look()).toMatchObject({ kind: 'reviewing', what: 'call 1' })
      await pass(2_000)
    }
    await usb.accept()
    await pass(0)
    expect(ended.with).toMatchObject({ yParity: expect.any(Number) })
    expect(usb.diary).toEqual([...looked, 'sign'])
    expect(events).toEqual(['ready', 'reviewing', 'ready'])
  })

  test('a refusal is final', async () => {
    const { usb, ask } = await readyLedger()
    const ended = ask(1)
    await pass(0)
    usb.reject()
    await pass(60_000)
    expect(ended.with).toMatchObject({ code: 'ledger-refused' })
    expect(usb.diary).toEqual([...looked, 'sign'])
  })

  test('the second waits until the first has been answered', async () => {
    const { usb, ask } = await readyLedger()
    const [first, second] = [ask(1), ask(2)]
    await pass(5_000)
    expect(usb.diary).toEqual([...looked, 'sign'])
    await usb.accept()
    await pass(0)
    expect(first.with).toHaveProperty('r')
    expect(usb.diary).toEqual([...looked, 'sign', ...looked, 'sign'])
    await usb.accept()
    await pass(0)
    expect(second.with).toHaveProperty('r')
  })

  test('a fifth in the queue is turned away at once', async () => {
    const { ask } = await readyLedger()
    const all = [1, 2, 3, 4, 5].map((nonce) => ask(nonce))
    await pass(0)
    expect(all.map((each) => each.with)).toMatchObject([
      ...Array.from({ length: 4 }, () => undefined),
      { code: 'ledger-busy' },
    ])
  })

  test('a locked device keeps the job until it is unlocked', async () => {
    const { usb, ask } = await readyLedger()
    usb.isLocked = true
    const ended = ask(1)
    await pass(10_000)
    usb.isLocked = false
    await pass(1_000)
    await usb.accept()
    await pass(0)
    expect(ended.with).toHaveProperty('r')
  })

  test('a device that locks itself in the middle is asked again for the same', async () => {
    const { usb, ask } = await readyLedger()
    usb.answersNext.push(0x5515)
    const ended = ask(1)
    await pass(1_000)
    await usb.accept()
    await pass(0)
    expect(ended.with).toHaveProperty('r')
    expect(usb.diary.filter((name) => name === 'sign')).toHaveLength(2)
  })

  test('a device that is not ready by the deadline says what it lacks', async () => {
    const { usb, ask } = await readyLedger()
    usb.isBlindSigningOn = false
    const ended = ask(1, 5_000)
    await pass(5_000)
    expect(ended.with).toMatchObject({
      code: 'ledger-not-ready',
      message: expect.stringContaining('Blind signing'),
    })
    expect(usb.diary).not.toContain('sign')
  })

  test.each([
    [0x6a80, 2],
    [0x6980, 2],
    [0x6a15, 1],
    [0x6501, 1],
    [0x6f00, 1],
  ])('status word %i ends it after %i reviews', async (word, reviews) => {
    const { usb, ask } = await readyLedger()
    usb.answersNext.push(word, word, word)
    const ended = ask(1)
    await pass(5_000)
    expect(ended.with).toMatchObject({ code: 'ledger-failed' })
    expect(usb.diary.filter((name) => name === 'sign')).toHaveLength(reviews)
  })

  test('a device that fails the same way in every review is left alone', async () => {
    const { usb, ask } = await readyLedger()
    usb.answersNext.push(...Array.from({ length: 20 }, () => 0x5515))
    const ended = ask(1)
    await pass(60_000)
    expect(ended.with).toMatchObject({ code: 'ledger-failed' })
    expect(usb.diary.filter((name) => name === 'sign')).toHaveLength(5)
  })
})

describe('a device that goes away during a review', () => {
  test('is asked for the same bytes again when it is back', async () => {
    const { usb, ask, events } = await readyLedger()
    const ended = ask(1)
    await pass(1_000)
    usb.unplug()
    await pass(3_000)
    usb.plug()
    await pass(1_000)
    await usb.accept()
    await pass(0)
    expect(ended.with).toHaveProperty('r')
    expect(events).toEqual([
      'ready',
      'reviewing',
      'disconnected',
      'disconnected',
      'ready',
      'reviewing',
      'ready',
    ])
    expect(usb.diary.some((line) => line.includes('DURING'))).toBe(false)
  })

  test('and is back at once may still show the review: nothing is sent to it', async () => {
    const { usb, session, ask } = await readyLedger()
    const ended = ask(1)
    await pass(1_000)
    usb.unplug()
    usb.plug()
    await pass(5_000)
    expect(session.state()).toEqual({ kind: 'screen-unknown' })
    expect(usb.diary).toEqual([...looked, 'sign', 'close'])
    session.confirmClear()
    await pass(1_000)
    await usb.accept()
    await pass(0)
    expect(ended.with).toHaveProperty('r')
  })

  test('and is not back in time may have signed: nobody knows', async () => {
    const { usb, ask } = await readyLedger()
    const ended = ask(1, 10_000)
    await pass(1_000)
    usb.unplug()
    await pass(9_000)
    expect(ended.with).toMatchObject({
      code: 'ledger-lost',
      message: expect.stringContaining('Plug the Ledger in'),
    })
    expect(usb.diary.filter((name) => name === 'sign')).toHaveLength(1)
  })

  test('unheard is noticed by a look, which sends nothing', async () => {
    const { usb, session, ask } = await readyLedger()
    ask(1, 10_000)
    await pass(10_000)
    expect(session.state()).toMatchObject({ kind: 'stale-review' })
    usb.unplug(false)
    expect(await session.look()).toMatchObject({ kind: 'disconnected' })
    expect(usb.diary).toEqual([...looked, 'sign', 'close'])
  })
})

describe('a review whose time is over', () => {
  async function staleReview() {
    const parts = await readyLedger()
    const ended = parts.ask(1, 10_000)
    await pass(10_000)
    expect(ended.with).toMatchObject({ code: 'ledger-abandoned' })
    expect(parts.session.state()).toMatchObject({ kind: 'stale-review', what: 'call 1' })
    return parts
  }

  test('stays on the screen, and nothing is sent until a person has rejected it', async () => {
    const { usb, ask } = await staleReview()
    const next = ask(2)
    await pass(5_000)
    expect(usb.diary).toEqual([...looked, 'sign'])
    usb.reject()
    await pass(500)
    expect(usb.diary).toEqual([...looked, 'sign', ...looked, 'sign'])
    await usb.accept()
    await pass(0)
    expect(next.with).toHaveProperty('r')
  })

  test('is given up when a person says that the screen shows nothing', async () => {
    const { usb, session } = await staleReview()
    usb.forgetReview()
    session.confirmClear()
    expect(await session.look()).toEqual({ kind: 'ready' })
    expect(usb.diary).toEqual([...looked, 'sign', 'close', ...armed])
  })

  test('is taken up again by the same bytes, without another command', async () => {
    const { usb, ask } = await staleReview()
    const again = ask(1)
    await pass(1_000)
    await usb.accept()
    await pass(0)
    expect(again.with).toHaveProperty('r')
    expect(usb.diary).toEqual([...looked, 'sign'])
  })

  test('is not waited for beyond the next one’s own deadline', async () => {
    const { usb, ask } = await staleReview()
    const next = ask(2, 3_000)
    await pass(3_000)
    expect(next.with).toMatchObject({
      code: 'ledger-not-ready',
      message: expect.stringContaining('Reject what the Ledger shows (call 1)'),
    })
    expect(usb.diary).toEqual([...looked, 'sign'])
  })
})
