/**
 * The way to a device: made anew whenever it was lost, and not before a person or the device's own
 * absence has shown that no review of an earlier time is on its screen.
 */

import { type Device, dropTransport, type Transport } from './device.ts'
import { type EthereumApp, ethereumAppOn } from './ethereum-app.ts'
import { soon } from './look.ts'

export type Linked =
  | { readonly kind: 'linked'; readonly app: EthereumApp }
  | { readonly kind: 'absent' }
  /** Somebody has to say that no review is on the screen. */
  | { readonly kind: 'unclear' }

export class Link {
  readonly #device: Device
  #transport: Transport | undefined
  #app: EthereumApp | undefined
  #gone: Promise<never> | undefined
  #isClear: boolean

  constructor(device: Device) {
    this.#device = device
    this.#isClear = !device.mayHoldReview
  }

  get name(): string {
    return this.#device.name
  }

  /**
   * The app, over the connection that stands or a new one.
   *
   * @throws {LedgerError} `ledger-modules-missing`, `ledger-not-ready`; what the driver throws.
   */
  async app(): Promise<Linked> {
    if (this.#app !== undefined) return { kind: 'linked', app: this.#app }
    if (await this.isAway()) {
      // Whatever was on its screen went with its power or its app.
      this.#isClear = true
      return { kind: 'absent' }
    }
    if (!this.#isClear) return { kind: 'unclear' }
    const transport = await soon(this.#device.openTransport())
    this.#transport = transport
    this.#gone = goneOf(transport, () => {
      if (this.#transport === transport) this.drop()
    })
    this.#app = ethereumAppOn(transport)
    return { kind: 'linked', app: this.#app }
  }

  /** An answer that a person takes time over; rejects as soon as the device is known to be gone. */
  async answer<T>(asked: Promise<T>): Promise<T> {
    return await (this.#gone === undefined ? asked : Promise.race([asked, this.#gone]))
  }

  /** Whether the device is known to be away; found without sending it anything. */
  async isAway(): Promise<boolean> {
    return (await soon(this.#device.isPresent())) === false
  }

  /** Lets go of the connection, whatever it waits for. */
  drop(): void {
    const transport = this.#transport
    this.#transport = undefined
    this.#app = undefined
    this.#gone = undefined
    if (transport !== undefined) dropTransport(transport)
  }

  /** The connection went during a review, which may be on the screen when the device is back. */
  dropInReview(): void {
    this.drop()
    this.#isClear = !this.#device.mayHoldReview
  }

  confirmClear(): void {
    this.#isClear = true
  }
}

function goneOf(transport: Transport, hear: () => void): Promise<never> {
  const gone = new Promise<never>((_, reject) => {
    transport.on('disconnect', () => {
      reject(Object.assign(new Error('The Ledger is gone.'), { name: 'DisconnectedDevice' }))
      hear()
    })
  })
  // Nobody need be waiting when it goes.
  gone.catch(() => undefined)
  return gone
}
