import { openStatuses } from '../stops/stop.js'
import { exitCodes } from './exit.js'

/** Whether a stop's outcome is still to come. */
export function isOpenStop({ status }: { readonly status: string }): boolean {
  return openStatuses.some((open) => open === status)
}

/** The exit code that a stop in this state is worth. `waited`: its outcome was waited for. */
export function codeOfStop(status: string, waited: boolean): number {
  switch (status) {
    case 'stopped':
      return exitCodes.ok
    case 'armed':
      return waited ? exitCodes.unconfirmed : exitCodes.ok
    case 'finished':
    case 'failed':
    case 'cancelled':
      return exitCodes.refused
    default:
      return exitCodes.unconfirmed
  }
}
