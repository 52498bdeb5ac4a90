/**
 * A Ledger on a cable, for a session to talk to: plugged in and out, locked, with a review that a
 * person answers. It writes a diary of what it was sent, and says when that came during a review.
 */

import { EventEmitter } from 'node:events'
import { type Hex, keccak256, parseSignature } from 'viem'
import type { PrivateKeyAccount } from 'viem/accounts'
import type { Device, Transport } from '../../signer-bridge/ledger/device.ts'

const firstChunkHeader = 5
const pathBytes = 21

export class UsbLedger {
  readonly diary: string[] = []
  isPlugged = true
  isLocked = false
  isBlindSigningOn = true
  app = 'Ethereum'
  version = '1.22.0'
  /** It takes commands and never answers. */
  isHanging = false
  /** Answers to the next signatures, in place of a review. */
  readonly answersNext: number[] = []
  account: PrivateKeyAccount
  #review: { readonly hash: Hex; readonly answer: (bytes: Buffer) => void } | undefined
  #failReview: ((error: Error) => void) | undefined
  #events = new EventEmitter()

  constructor(account: PrivateKeyAccount) {
    this.account = account
  }

  readonly device: Device = {
    name: 'usb',
    mayHoldReview: true,
    isPresent: () => Promise.resolve(this.isPlugged),
    openTransport: async () => {
      this.diary.push('open')
      if (!this.isPlugged) throw named('CantOpenDevice')
      return this.#transport()
    },
  }

  get isReviewing(): boolean {
    return this.#review !== undefined
  }

  async accept(): Promise<void> {
    const { r, s, yParity } = parseSignature(
      await this.account.sign({ hash: this.#review?.hash ?? '0x' }),
    )
    this.#end(Buffer.from(`0${yParity}${r.slice(2)}${s.slice(2)}9000`, 'hex'))
  }

  reject(): void {
    this.#end(status(0x6985))
  }

  /** The app has lost it, and nobody is told. */
  forgetReview(): void {
    this.#review = undefined
  }

  /** The cable is pulled. @param isHeard Whether the driver notices. */
  unplug(isHeard = true): void {
    this.isPlugged = false
    const fail = this.#failReview
    this.#review = undefined
    this.#failReview = undefined
    if (!isHeard) return
    this.#events.emit('disconnect')
    fail?.(named('DisconnectedDeviceDuringOperation'))
  }

  plug(): void {
    this.#events = new EventEmitter()
    this.isPlugged = true
  }

  #end(bytes: Buffer): void {
    this.#review?.answer(bytes)
    this.#review = undefined
  }

  #transport(): Transport {
    const events = this.#events
    const exchange = async (apdu: Buffer) => {
      const name = commandNames.get(apdu.toString('hex', 0, 2)) ?? apdu.toString('hex', 0, 2)
      this.diary.push(this.isReviewing ? `${name} DURING A REVIEW` : name)
      if (!this.isPlugged) throw named('DisconnectedDevice')
      if (this.isHanging) return await new Promise<never>(() => undefined)
      return await this.#answer(name, apdu)
    }
    const send = async (...[cla, ins, p1, p2, data = Buffer.alloc(0)]: Sent) => {
      const answer = await exchange(
        Buffer.concat([Buffer.from([cla, ins, p1, p2, data.length]), data]),
      )
      const statusCode = answer.readUInt16BE(answer.length - 2)
      if (statusCode !== 0x9000) {
        throw Object.assign(named('TransportStatusError'), { statusCode })
      }
      return answer
    }
    return Object.assign(
      {
        exchange,
        on: (event: string, heard: () => void) => void events.on(event, heard),
        close: () => {
          this.diary.push('close')
          return new Promise<void>(() => undefined)
        },
      },
      { send, decorateAppAPIMethods: () => undefined },
    )
  }

  async #answer(name: string, apdu: Buffer): Promise<Buffer> {
    if (this.isLocked) return status(0x5515)
    switch (name) {
      case 'app': {
        const [app, version] = [Buffer.from(this.app), Buffer.from(this.version)]
        return ok(Buffer.concat([of(1, app.length), app, of(version.length), version, of(1, 0)]))
      }
      case 'configuration':
        return ok(of(this.isBlindSigningOn ? 3 : 2, 1, 22, 0))
      case 'address': {
        const key = Buffer.from(this.account.publicKey.slice(2), 'hex')
        return ok(Buffer.concat([of(65), key, of(40), Buffer.from(this.account.address.slice(2))]))
      }
      default:
        return await this.#reviewed(apdu)
    }
  }

  #reviewed(apdu: Buffer): Promise<Buffer> {
    const next = this.answersNext.shift()
    if (next !== undefined) return Promise.resolve(status(next))
    const unsigned = apdu.subarray(firstChunkHeader + pathBytes)
    return new Promise((answer, fail) => {
      this.#review = { hash: keccak256(unsigned), answer }
      this.#failReview = fail
    })
  }
}

type Sent = [cla: number, ins: number, p1: number, p2: number, data?: Buffer]

const commandNames: ReadonlyMap<string, string> = new Map([
  ['b001', 'app'],
  ['e006', 'configuration'],
  ['e002', 'address'],
  ['e004', 'sign'],
])

function named(name: string): Error {
  return Object.assign(new Error(name), { name })
}

function of(...bytes: readonly number[]): Buffer {
  return Buffer.from(bytes)
}

function ok(bytes: Buffer): Buffer {
  return Buffer.concat([bytes, status(0x9000)])
}

function status(word: number): Buffer {
  return of(word >> 8, word & 0xff)
}
