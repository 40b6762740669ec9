import { connect } from 'node:net'

/**
 * Connects, says one thing and gives the first bytes of the answer: enough to know that a server serves.
 * @param {number} port on 127.0.0.1
 * @param {string} greeting
 * @returns {Promise<string>} latin-1; empty where it didn't answer within a second
 */
export function firstAnswer(port, greeting) {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(greeting, 'latin1'))
    /** @param {string} answer */
    const finish = (answer) => {
      socket.destroy()
      resolve(answer)
    }
    socket.setTimeout(1000, () => finish(''))
    socket.once('error', () => finish(''))
    socket.once('close', () => finish(''))
    socket.once('data', (bytes) => finish(bytes.toString('latin1')))
  })
}
