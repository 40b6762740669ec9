import { installNodeModules } from './setup/node-modules.mjs'
import { SetUpFailed } from './setup/steps.mjs'

// npm ci where it is needed, for CI.
try {
  await installNodeModules()
} catch (error) {
  if (!(error instanceof SetUpFailed)) throw error
  console.error(error.message)
  process.exitCode = 1
}
