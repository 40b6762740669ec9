import { TestCrisper } from '../../test/harness/crisper.js'
import { eventually } from '../../test/harness/eventually.js'
import type { Consumer, Contender, Ground } from './contender.js'

/** With its own PostgreSQL, as it is started without further settings. */
export const crisper: Contender = {
  name: 'Crisper',
  keeps: 'everything, in PostgreSQL',
  async start(ground) {
    return consumerOf(await startCrisper(ground))
  },
}

export function startCrisper({ brokerUrl, folder }: Ground): Promise<TestCrisper> {
  return TestCrisper.start(['--broker', brokerUrl, '--data-dir', folder])
}

export function consumerOf(started: TestCrisper): Consumer {
  return {
    pid: pidOf(started),
    eventsRead: () => started.eventsRead(),
    async untilKept({ lastTaskId }) {
      // What is read is written in order: with the end of the last task, all is committed.
      await eventually(
        'the last task to be kept',
        () => started.get(`/api/tasks/${lastTaskId}/`),
        ({ body }) => body.state === 'SUCCESS',
        600_000,
      )
    },
    async end() {
      await started.end()
    },
  }
}

export function pidOf({ child }: TestCrisper): number {
  if (child.pid === undefined) throw new Error('Crisper has no process')
  return child.pid
}
