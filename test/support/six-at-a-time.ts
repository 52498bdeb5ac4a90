/**
 * A network as an object of Cloudflare's has it: six connections at a time, each held until its
 * answer has been read or given up; whoever comes seventh waits. (workerd itself does not do so.)
 */

import type { Fetch } from '../../src/exchanges/answer.ts'

const admitted = 6

export function sixAtATime(answer: Fetch) {
  let open = 0
  let most = 0
  let queued = 0
  const waiting: (() => void)[] = []

  const enter = async (): Promise<void> => {
    if (open === admitted) {
      queued += 1
      await new Promise<void>((admit) => waiting.push(admit))
    }
    open += 1
    most = Math.max(most, open)
  }
  const leave = (): void => {
    open -= 1
    waiting.shift()?.()
  }

  const fetch: Fetch = async (url, init) => {
    await enter()
    let isOpen = true
    const leaveOnce = () => {
      if (isOpen) leave()
      isOpen = false
    }
    // Giving a request up closes its connection.
    const abandoned = Promise.withResolvers<never>()
    init.signal.addEventListener('abort', () => {
      leaveOnce()
      abandoned.reject(new DOMException('Given up.', 'AbortError'))
    })
    try {
      const response = await Promise.race([answer(url, init), abandoned.promise])
      const { status, headers } = response
      const text = await Promise.race([response.text(), abandoned.promise])
      return new Response(text, { status, headers })
    } finally {
      leaveOnce()
    }
  }
  return {
    fetch,
    /** Connections that were open at once, at most; and requests that had to wait for one. */
    seen: () => ({ most, queued }),
  }
}
