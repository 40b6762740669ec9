import { afterAll, beforeAll } from 'vitest'
import { TestBrowser } from './browser.js'

/** A browser for all tests of a file or a `describe`: started before the first, ended after the last. */
export class WithBrowser {
  #browser: TestBrowser | undefined

  constructor() {
    beforeAll(async () => {
      this.#browser = await TestBrowser.start()
    })
    afterAll(() => this.#browser?.close())
  }

  openPage(...given: Parameters<TestBrowser['openPage']>): ReturnType<TestBrowser['openPage']> {
    if (this.#browser === undefined) throw new Error('it is started before the first test')
    return this.#browser.openPage(...given)
  }
}
