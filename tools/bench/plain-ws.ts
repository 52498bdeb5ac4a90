/**
 * The yardstick of the fan-out: a plain `ws` server in a process of its own. It sends every socket
 * what `POST /broadcast` tells it of the first feed, as a `Stream` sends those who listen to it.
 *
 *     node tools/bench/plain-ws.ts <port>
 */

import { createServer } from 'node:http'
import { json } from 'node:stream/consumers'
import { WebSocketServer } from 'ws'
import type { Broadcast } from './driver.ts'

const server = createServer((request, response) => {
  if (request.method !== 'POST') {
    response.end()
    return
  }
  void json(request).then((told) => {
    // The bench wrote it, with this type.
    const { records } = told as Broadcast
    const message = JSON.stringify({ type: 'price_update', data: records[0] })
    for (const socket of sockets.clients) socket.send(message)
    response.end('{}')
  })
})

const sockets = new WebSocketServer({ server })
sockets.on('connection', (socket) => {
  socket.on('message', () => socket.send('{"type":"subscribed"}'))
})

server.listen(Number(process.argv[2]), '127.0.0.1')
process.once('disconnect', () => process.exit(0))
