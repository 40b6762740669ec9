/**
 * A program that is ended and started again with the same settings: same port, same folder.
 * @typedef {import('./process.mjs').Running} Running
 * @typedef {import('./process.mjs').StopOptions} StopOptions
 */
export class Service {
  #launch
  #running

  /**
   * @param {() => Promise<Running>} launch starts it and resolves once it is ready
   * @param {Running} running
   */
  constructor(launch, running) {
    this.#launch = launch
    this.#running = running
  }

  /**
   * @param {() => Promise<Running>} launch
   */
  static async start(launch) {
    return new Service(launch, await launch())
  }

  /** The process that runs now; another one after `restart`. */
  get process() {
    return this.#running
  }

  get pid() {
    return this.#running.pid
  }

  /** Full path of the log file. */
  get log() {
    return this.#running.program.log
  }

  /** @param {StopOptions} [options] */
  async stop(options) {
    await this.#running.stop(options)
  }

  /** kill -9, to the whole process group. `restart` brings it back. */
  async kill() {
    await this.#running.kill()
  }

  /** Stops it where it still runs, starts it again, and waits until it is ready. */
  async restart() {
    await this.#running.stop()
    this.#running = await this.#launch()
  }
}
