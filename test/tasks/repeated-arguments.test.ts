import { expect, test } from 'vitest'
import type { TaskEvent } from '../../src/celery/events.js'
import { type Reading, recordOfEvent } from '../../src/tasks/record-of-event.js'
import { description, reading } from '../harness/made-events.js'

/** A reading that notes what it was asked. */
function noted() {
  const asked: string[] = []
  const noting: Reading = {
    ownerOf: (task) => {
      asked.push(`owner in ${task.kwargs}`)
      return reading.ownerOf(task)
    },
    redactor: {
      text: (text, writer) => {
        asked.push(`secrets in ${text}`)
        return reading.redactor.text(text, writer)
      },
      json: (value) => reading.redactor.json(value),
    },
  }
  return { asked, noting }
}

const told = (type: 'task-sent' | 'task-received', kwargs: string) => {
  const event: TaskEvent = {
    type,
    uuid: 'a',
    hostname: 'w1@host',
    pid: 1,
    timestamp: 1_795_577_000,
    arrivedAt: 1_795_577_000,
    task: { ...description, kwargs },
  }
  return { event, at: event.timestamp }
}

test('what a worker repeats of what was sent is not read again, and says the same', () => {
  const { asked, noting } = noted()
  const { sent } = recordOfEvent(told('task-sent', "{'company_id': 4}"), noting)
  asked.length = 0

  const { received } = recordOfEvent(told('task-received', "{'company_id': 4}"), noting, sent)

  expect(asked).toEqual([])
  expect(received).toEqual(recordOfEvent(told('task-received', "{'company_id': 4}"), reading).received)
  expect(received?.owner).toEqual({ companyId: 4 })
})

test('other arguments are read', () => {
  const { asked, noting } = noted()
  const { sent } = recordOfEvent(told('task-sent', "{'company_id': 4}"), reading)

  const { received } = recordOfEvent(told('task-received', "{'company_id': 5}"), noting, sent)

  expect(received?.owner).toEqual({ companyId: 5 })
  expect(asked).toContain("owner in {'company_id': 5}")
})

test('a secret is taken out of both', () => {
  const secret = "{'company_id': 4, 'password': 'hunter2'}"
  const { sent } = recordOfEvent(told('task-sent', secret), reading)

  const { received } = recordOfEvent(told('task-received', secret), reading, sent)

  expect(received?.kwargs?.text).toBe(sent?.kwargs?.text)
  expect(received?.kwargs?.text).not.toContain('hunter2')
  expect(received?.owner).toEqual({ companyId: 4 })
})

test('arguments that were cut are read', () => {
  const { asked, noting } = noted()
  const long = `{'company_id': 4, 'text': '${'x'.repeat(70_000)}'}`
  const { sent } = recordOfEvent(told('task-sent', long), reading)

  recordOfEvent(told('task-received', sent?.kwargs?.text ?? ''), noting, sent)

  expect(asked.filter((what) => what.startsWith('owner'))).toHaveLength(1)
})
