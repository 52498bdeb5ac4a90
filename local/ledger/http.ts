/**
 * The emulator's doors: the part of Speculos' REST interface that clients of a Ledger use, and a
 * control route beside it. What a command means is decided elsewhere.
 */

import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { hexToBytes } from 'viem'
import { z } from 'zod'
import type { Device } from './device.ts'
import type { ScreenEvent } from './display.ts'
import { orderSchema } from './order.ts'

/** A command has at most 260 bytes, an order names at most a thousand status words. */
const maxBodyBytes = 16_384

/**
 * Most answers under way at once. Those that a newer transaction superseded are never given, and
 * stay until their client goes.
 */
const maxOpen = 1_000

/** A listener that is this far behind is cut off, since what it has not read is kept here. */
const maxUnreadBytes = 1_048_576

/** How long a press lasts if nothing is said, as at Speculos. Seconds. */
const usualPressSec = 0.1

/** Longer than anybody rests a finger on a screen. Seconds. */
const maxPressSec = 60

const pressSchema = {
  action: z.enum(['press', 'release', 'press-and-release']),
  delay: z.number().min(0).max(maxPressSec).default(usualPressSec),
}
const buttonSchema = z.strictObject(pressSchema)
const pixel = z.int().min(0).max(10_000)
const fingerSchema = z.strictObject({
  ...pressSchema,
  x: pixel,
  y: pixel,
  x2: pixel.optional(),
  y2: pixel.optional(),
})
const apduSchema = z.strictObject({
  data: z.string().regex(/^([0-9a-fA-F]{2})+$/, 'bytes in hexadecimal digits, without 0x'),
  tick_timeout: z.number().optional(),
})

type Reply = { readonly status: number; readonly body: unknown }
type Door = (body: unknown, response: ServerResponse, url: URL) => Reply | undefined

const done: Reply = { status: 200, body: {} }
const nothingHere: Reply = { status: 404, body: { error: 'There is nothing here.' } }
const tooMany: Reply = { status: 503, body: { error: `At most ${maxOpen} may wait at once.` } }

/**
 * Listens for one device. Requests to a device that is not there are cut, but for its control.
 *
 * @param open Every answer that is under way and breaks when the device goes.
 */
export function ledgerListener(device: Device, open: Set<ServerResponse>): RequestListener {
  const doors = doorsOf(device)
  return (request, response) => {
    const url = URL.parse(request.url ?? '/', 'http://ledger')
    const isControl = url?.pathname === '/control'
    if (!isControl) {
      if (!device.isThere) return void response.destroy()
      if (open.size >= maxOpen) return send(response, tooMany)
      open.add(response)
      response.once('close', () => open.delete(response))
    }
    const door = doors.get(`${request.method} ${url?.pathname}`)
    if (url === null || door === undefined) return send(response, nothingHere)
    void serve((body) => door(body, response, url), request, response)
  }
}

async function serve(
  door: (body: unknown) => Reply | undefined,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const text = await bodyOf(request)
  // The device may have gone while the body arrived.
  if (response.destroyed) return
  if (text === undefined) return refuse(response, `A body has at most ${maxBodyBytes} bytes.`)
  try {
    const reply = door(text === '' ? {} : JSON.parse(text))
    if (reply !== undefined) send(response, reply)
  } catch (error) {
    if (error instanceof z.ZodError) return refuse(response, z.prettifyError(error))
    if (error instanceof SyntaxError) return refuse(response, 'The body is no JSON.')
    throw error
  }
}

function doorsOf(device: Device): ReadonlyMap<string, Door> {
  const state = (): Reply => ({ status: 200, body: device.state() })
  let pressedAtMs: number | undefined

  const button = (name: 'left' | 'right' | 'both'): Door => {
    return (body) => {
      const { action } = buttonSchema.parse(body)
      // The device acts when a button is let go.
      if (action !== 'press') device.press({ kind: 'button', button: name })
      return done
    }
  }
  return new Map<string, Door>([
    ['POST /apdu', (body, response) => hear(device, apduSchema.parse(body).data, response)],
    ['POST /button/left', button('left')],
    ['POST /button/right', button('right')],
    ['POST /button/both', button('both')],
    [
      'POST /finger',
      (body) => {
        const { action, x, y, delay } = fingerSchema.parse(body)
        const nowMs = performance.now()
        if (action === 'press') {
          pressedAtMs = nowMs
          return done
        }
        const restedMs = nowMs - (pressedAtMs ?? nowMs)
        const heldMs = action === 'release' ? restedMs : delay * 1_000
        pressedAtMs = undefined
        device.press({ kind: 'touch', x, y, heldMs })
        return done
      },
    ],
    ['GET /events', (_, response, url) => tell(device, response, url)],
    [
      'DELETE /events',
      () => {
        device.display.clear()
        return done
      },
    ],
    ['GET /control', state],
    [
      'POST /control',
      (body) => {
        device.order(orderSchema.parse(body))
        return state()
      },
    ],
  ])
}

function hear(device: Device, hex: string, response: ServerResponse): undefined {
  device.hear(hexToBytes(`0x${hex}`), {
    answer: (bytes) =>
      send(response, { status: 200, body: { data: Buffer.from(bytes).toString('hex') } }),
    cut: () => response.destroy(),
  })
  // A person may take longer than a client waits for the head of an answer.
  if (response.writableEnded || response.destroyed) return
  response.writeHead(200, { 'content-type': jsonType })
  response.flushHeaders()
}

function tell({ display }: Device, response: ServerResponse, url: URL): Reply | undefined {
  const isAsked = (name: string): boolean => url.searchParams.get(name) === 'true'
  if (!isAsked('stream')) {
    const events = isAsked('currentscreenonly') ? display.current : display.events
    return { status: 200, body: { events } }
  }
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' })
  response.flushHeaders()
  const leave = display.listen((event: ScreenEvent) => {
    if (response.writableLength > maxUnreadBytes) response.destroy()
    else response.write(`data: ${JSON.stringify(event)}\n\n`)
  })
  response.once('close', leave)
  return undefined
}

const jsonType = 'application/json'

function refuse(response: ServerResponse, error: string): void {
  send(response, { status: 400, body: { error } })
}

function send(response: ServerResponse, { status, body }: Reply): void {
  if (response.destroyed) return
  if (!response.headersSent) response.writeHead(status, { 'content-type': jsonType })
  response.end(JSON.stringify(body))
}

/** A request's body; undefined if it is too long, or if whoever sent it has gone. */
async function bodyOf(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = []
  let bytes = 0
  try {
    for await (const chunk of request) {
      const part = Buffer.from(chunk)
      bytes += part.length
      if (bytes <= maxBodyBytes) chunks.push(part)
    }
  } catch {
    // Whoever asked has gone before the request was whole: nobody hears the answer.
    return undefined
  }
  return bytes > maxBodyBytes ? undefined : Buffer.concat(chunks).toString()
}
