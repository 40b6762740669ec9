import { get } from 'node:http'

// Asks the Crisper of this container: `node deploy/probe.mjs /healthz`. It listens on loopback, where probes from
// outside can't reach it, and the image has no curl. Exit code 0 when the answer is 200.
const path = process.argv[2] ?? '/healthz'
const port = process.env.CRISPER_PORT || '8722'

const request = get({ host: '127.0.0.1', port, path, timeout: 4000 }, (response) => {
  response.pipe(process.stdout)
  process.exitCode = response.statusCode === 200 ? 0 : 1
})
request.on('timeout', () => request.destroy(new Error('no answer within 4 seconds')))
request.on('error', (error) => {
  console.error(`${path} on port ${port}: ${error.message}`)
  process.exitCode = 1
})
