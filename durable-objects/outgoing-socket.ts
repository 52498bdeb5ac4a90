/**
 * A socket to the outside, opened by an upgraded request: unlike `new WebSocket` it may bear headers
 * and tells why it was refused. It keeps its object in memory while it is open, and that is billed.
 *
 * @see https://developers.cloudflare.com/workers/examples/websockets/
 */

type Listener = {
  readonly opened: () => void
  readonly heard: (data: unknown) => void
  readonly ended: (message: string) => void
}

const headers = { Upgrade: 'websocket', 'User-Agent': 'chrono-oracle/1.0' }

/**
 * Opens a socket to an address (`ws:` or `wss:`) and tells the listener what becomes of it: first
 * that it opened, or why it did not. Nothing is told any more once it has been closed from here.
 */
export function openOutgoing(
  url: string,
  listener: Listener,
): { readonly send: (text: string) => void; readonly close: () => void } {
  const giveUp = new AbortController()
  let socket: WebSocket | undefined

  const upgrade = async (): Promise<void> => {
    const { signal } = giveUp
    const response = await fetch(url.replace(/^ws/, 'http'), { headers, signal })
    const opened = response.webSocket
    if (opened === null) {
      await response.body?.cancel()
      throw new Error(`It answered with HTTP ${response.status} instead of a socket.`)
    }
    opened.accept()
    if (signal.aborted) {
      opened.close()
      return
    }
    socket = opened
    listen(opened, listener)
    listener.opened()
  }
  upgrade().catch((error: unknown) => {
    if (!giveUp.signal.aborted)
      listener.ended(error instanceof Error ? error.message : String(error))
  })

  return {
    // A socket that is not open yet, or no more, throws, and whoever sends finds out.
    send: (text) => {
      if (socket === undefined) throw new Error('The socket is not open.')
      socket.send(text)
    },
    close: () => {
      giveUp.abort()
      socket?.close(1_000)
    },
  }
}

function listen(socket: WebSocket, { heard, ended }: Listener): void {
  socket.addEventListener('message', ({ data }) => heard(data))
  socket.addEventListener('close', ({ code, reason }) => {
    ended(`It was closed with ${code}${reason === '' ? '' : `: ${reason.slice(0, 100)}`}.`)
  })
  socket.addEventListener('error', ({ message }) => ended(`It failed: ${message}`))
}
