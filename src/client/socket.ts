/** What the client needs of a WebSocket; those of browsers, Node, Workers and `ws` have more. */

export type SocketLike = {
  addEventListener(type: 'open' | 'close' | 'error', listener: () => void): void
  addEventListener(type: 'message', listener: (event: { readonly data: unknown }) => void): void
  send(text: string): void
  close(code: number): void
}

export type SocketClass = new (url: string, protocols: string[]) => SocketLike
