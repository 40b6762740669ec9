import type { ChannelModel } from 'amqplib'
import { closeConnection } from './connection.js'

/** A connection beside those of the event stream and of remote control: opened when first needed, and again after a loss. */
export class SpareConnection {
  readonly #open: () => Promise<ChannelModel>
  #connection: Promise<ChannelModel> | undefined
  #closed = false

  constructor(open: () => Promise<ChannelModel>) {
    this.#open = open
  }

  async get(): Promise<ChannelModel> {
    if (this.#closed) throw new Error('the connection was closed')
    if (this.#connection !== undefined) return this.#connection
    const opening = this.#open()
    this.#connection = opening
    const forget = (): void => {
      if (this.#connection === opening) this.#connection = undefined
    }
    try {
      const connection = await opening
      connection.on('close', forget)
      return connection
    } catch (error) {
      forget()
      throw error
    }
  }

  /** The next who asks gets another. */
  drop(connection: ChannelModel): void {
    this.#connection = undefined
    void closeConnection(connection)
  }

  async close(): Promise<void> {
    this.#closed = true
    const connection = await this.#connection?.catch(() => undefined)
    if (connection !== undefined) await closeConnection(connection)
  }
}
