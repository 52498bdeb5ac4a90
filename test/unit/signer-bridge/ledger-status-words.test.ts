import { createRequire } from 'node:module'
import { describe, expect, test } from 'vitest'
import { saidIn, troubleOf } from '../../../signer-bridge/ledger/status-words.ts'

const bridgeRequire = createRequire(new URL('../../../signer-bridge/package.json', import.meta.url))
// Ledger's own classes, of the copy that the app library uses; made here, so the types do not matter.
const { TransportError, TransportStatusError, ...transportErrors } = bridgeRequire(
  '@ledgerhq/hw-transport/errors',
)

describe('troubleOf', () => {
  test.each([
    [0x6985, 'refused', 'never', 'not-signed'],
    [0x5501, 'refused', 'never', 'not-signed'],
    [0x6a80, 'data-refused', 'once', 'not-signed'],
    [0x6980, 'out-of-step', 'once', 'not-signed'],
    [0x6501, 'type-refused', 'never', 'not-signed'],
    [0x6a15, 'path-refused', 'never', 'not-signed'],
    [0x6a87, 'out-of-step', 'once', 'not-signed'],
    [0x6b00, 'out-of-step', 'once', 'not-signed'],
    [0x6d00, 'app-wrong', 'when-ready', 'not-signed'],
    [0x6e00, 'app-wrong', 'when-ready', 'not-signed'],
    [0x6e01, 'app-wrong', 'when-ready', 'not-signed'],
    [0x5515, 'locked', 'when-ready', 'not-signed'],
    [0x6b0c, 'locked', 'when-ready', 'not-signed'],
    [0x6511, 'app-wrong', 'when-ready', 'not-signed'],
    [0x650f, 'app-wrong', 'when-ready', 'not-signed'],
    [0x6700, 'app-wrong', 'when-ready', 'not-signed'],
    [0x6804, 'app-wrong', 'when-ready', 'not-signed'],
    [0x6982, 'device-failed', 'never', 'unknown'],
    [0x6800, 'device-failed', 'never', 'unknown'],
    [0x6f00, 'device-failed', 'never', 'unknown'],
    [0x6faa, 'device-failed', 'never', 'unknown'],
    [0x6f42, 'device-failed', 'never', 'unknown'],
    [0x1234, 'unknown', 'never', 'unknown'],
  ])('status word %i of a real error is %s', (statusCode, kind, retry, outcome) => {
    expect(troubleOf(new TransportStatusError(statusCode))).toMatchObject({ kind, retry, outcome })
  })

  test.each([
    ['DisconnectedDevice', 'lost'],
    ['DisconnectedDeviceDuringOperation', 'lost'],
    ['CantOpenDevice', 'lost'],
    ['TransportExchangeTimeoutError', 'lost'],
    ['TransportRaceCondition', 'busy'],
    ['UserRefusedOnDevice', 'refused'],
  ])('the class %s is known by its name', (name, kind) => {
    expect(troubleOf(new transportErrors[name]())).toMatchObject({ kind })
  })

  test.each([
    ['NoDevice', 'lost'],
    ['NoDeviceFound', 'lost'],
    ['TransportLocked', 'busy'],
  ])('a TransportError is known by its id %s', (id, kind) => {
    expect(troubleOf(new TransportError('', id))).toMatchObject({ kind })
  })

  test('an error of another copy of the library is the same trouble', () => {
    class LockedDeviceError extends Error {
      override name = 'LockedDeviceError'
    }
    expect(troubleOf(new LockedDeviceError()).kind).toBe('locked')
    expect(troubleOf({ name: 'TransportStatusError', statusCode: 0x6985 }).kind).toBe('refused')
  })

  test('the app library drops the status word of refused data, and it is still known', () => {
    const { EthAppPleaseEnableContractData } = bridgeRequire('@ledgerhq/hw-app-eth/errors')
    const error = new EthAppPleaseEnableContractData('…')
    expect(error).not.toHaveProperty('statusCode')
    expect(troubleOf(error)).toMatchObject({ kind: 'data-refused', retry: 'once' })
    expect(troubleOf(error).instruction).toContain('Blind signing')
  })

  test('the HTTP client of an emulator that went away counts as a lost device', () => {
    // Its errors are named after whatever caused them.
    const error = Object.assign(new Error('refused'), { isAxiosError: true, code: 'ECONNREFUSED' })
    expect(troubleOf(error)).toMatchObject({ kind: 'lost', outcome: 'unknown' })
  })

  test.each([[undefined], [null], ['text'], [new Error('odd')], [{ statusCode: 'x' }]])(
    'of %s nothing is assumed: it may have signed',
    (said) => {
      expect(troubleOf(said)).toMatchObject({ kind: 'unknown', retry: 'never', outcome: 'unknown' })
    },
  )
})

test('the log names the status word, or else the name and id', () => {
  expect(saidIn(new TransportStatusError(0x6985))).toBe('0x6985')
  expect(saidIn(new TransportError('', 'NoDevice'))).toBe('TransportError NoDevice')
  expect(saidIn(undefined)).toBe('')
})
