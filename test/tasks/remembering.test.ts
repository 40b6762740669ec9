import { describe, expect, test } from 'vitest'
import type { Reading } from '../../src/tasks/record-of-event.js'
import { remembering } from '../../src/tasks/remembering.js'
import { reading } from '../harness/made-events.js'

/** A reading that notes what it was asked. */
function noted() {
  const asked: string[] = []
  const noting: Reading = {
    ownerOf: (task) => {
      asked.push(`owner of ${task.name} ${task.kwargs}`)
      return reading.ownerOf(task)
    },
    redactor: {
      text: (text, writer) => {
        asked.push(`${writer} ${text}`)
        return reading.redactor.text(text, writer)
      },
      json: (value) => reading.redactor.json(value),
    },
  }
  return { asked, remembers: remembering(noting) }
}

const task = { name: 'etl.run', args: '()', kwargs: "{'company_id': 4}" }

describe('reading that remembers', () => {
  test('reads the arguments of sent and received once, and says the same', () => {
    const { asked, remembers } = noted()

    const told = [1, 2].map(() => [remembers.ownerOf(task), remembers.redactor.text(task.kwargs, 'celery')])

    expect(told[0]).toEqual([reading.ownerOf(task), reading.redactor.text(task.kwargs, 'celery')])
    expect(told[1]).toEqual(told[0])
    expect(asked.toSorted()).toEqual([
      'celery ()',
      `celery ${task.kwargs}`,
      `owner of etl.run ${task.kwargs}`,
    ])
  })

  test('keeps apart what tasks of other names say, since owners may stand elsewhere for them', () => {
    const { asked, remembers } = noted()

    remembers.ownerOf(task)
    remembers.ownerOf({ ...task, name: 'other.run' })

    expect(asked.filter((what) => what.startsWith('owner of'))).toHaveLength(2)
  })

  test('does not keep a text with a secret', () => {
    const { asked, remembers } = noted()
    const secret = { ...task, kwargs: "{'company_id': 4, 'password': 'hunter2'}" }

    const told = [1, 2].map(() => [
      remembers.ownerOf(secret),
      remembers.redactor.text(secret.kwargs, 'celery'),
    ])

    expect(told[1]).toEqual([{ companyId: 4 }, reading.redactor.text(secret.kwargs, 'celery')])
    expect(asked.filter((what) => what.startsWith('owner of'))).toHaveLength(2)
  })

  test('remembers neither tracebacks nor texts that nobody cut short', () => {
    const { asked, remembers } = noted()
    const long = `'${'x'.repeat(5000)}'`

    for (const [text, writer] of [
      ['ValueError: no', 'python'],
      [long, 'celery'],
    ] as const) {
      remembers.redactor.text(text, writer)
      remembers.redactor.text(text, writer)
    }

    expect(asked).toHaveLength(4)
  })

  test('forgets what was not asked for lately', () => {
    const { asked, remembers } = noted()
    remembers.redactor.text('first', 'celery')
    for (let n = 0; n < 25_000; n += 1) remembers.redactor.text(`text ${n}`, 'celery')

    remembers.redactor.text('first', 'celery')

    expect(asked.filter((text) => text === 'celery first')).toHaveLength(2)
  })
})
