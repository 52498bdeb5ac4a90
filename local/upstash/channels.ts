/** Publish and subscribe: who listens to which channel. Nothing is remembered for latecomers. */

/** Told of each message on a channel that it listens to. */
export type Subscriber = (channel: string, message: string) => void

export class Channels {
  readonly #subscribers = new Map<string, Set<Subscriber>>()

  /** Adds a subscriber to a channel; what is returned takes it away again. */
  subscribe(channel: string, subscriber: Subscriber): () => void {
    const subscribers = this.#subscribers.get(channel) ?? new Set()
    this.#subscribers.set(channel, subscribers.add(subscriber))
    return () => {
      subscribers.delete(subscriber)
      if (subscribers.size === 0) this.#subscribers.delete(channel)
    }
  }

  /** Tells everyone on the channel; returns how many that were. */
  publish(channel: string, message: string): number {
    const subscribers = [...(this.#subscribers.get(channel) ?? [])]
    for (const subscriber of subscribers) subscriber(channel, message)
    return subscribers.length
  }
}
