import { Badge, Button, Group, Paper, SegmentedControl, Stack, Table, Text, Title } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { type PeekFrom, usePeek } from '../api/queues.js'
import type { Message } from '../api/types.js'
import { Problem } from '../components/problem.js'
import { ScrollTable } from '../components/scroll-table.js'
import { useExactTime } from '../components/time.js'
import classes from './queues-page.module.css'

interface WaitingMessagesProps {
  readonly name: string
  /** There a look leaves a trace, and the newest can't be had. */
  readonly onRabbitmq: boolean
}

const heads = ['task', 'arguments', 'priority', 'retries', 'origin'] as const

/** What waits in a queue, when somebody asks for it. */
export function WaitingMessages({ name, onRabbitmq }: WaitingMessagesProps) {
  const { t } = useTranslation()
  const peek = usePeek(name)
  const [from, setFrom] = useState<PeekFrom>('next')
  return (
    <Paper withBorder p="xs">
      <Stack gap="xs">
        <Group justify="space-between">
          <Title order={2} size="h5">
            {t('queue.messages')}
          </Title>
          <Group gap="xs">
            {!onRabbitmq && (
              <SegmentedControl
                size="xs"
                aria-label={t('queue.order')}
                value={from}
                onChange={(value) => setFrom(value === 'newest' ? 'newest' : 'next')}
                data={[
                  { value: 'next', label: t('queue.next') },
                  { value: 'newest', label: t('queue.newest') },
                ]}
              />
            )}
            <Button size="xs" variant="default" loading={peek.isPending} onClick={() => peek.mutate(from)}>
              {t(peek.data === undefined ? 'queue.look' : 'queue.lookAgain')}
            </Button>
          </Group>
        </Group>
        {onRabbitmq && (
          <Text size="xs" c="dimmed">
            {t('queue.rabbit')}
          </Text>
        )}
        {peek.error && <Problem error={peek.error} />}
        {peek.data?.messages.length === 0 && <Text size="sm">{t('queue.nothing')}</Text>}
        {peek.data !== undefined && peek.data.messages.length > 0 && (
          <ScrollTable minWidth={720}>
            <Table verticalSpacing={4}>
              <Table.Thead>
                <Table.Tr>
                  {heads.map((head) => (
                    <Table.Th key={head}>{t(`queue.${head}`)}</Table.Th>
                  ))}
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {peek.data.messages.map((message, index) => (
                  // A queue may hold the same message twice.
                  // biome-ignore lint/suspicious/noArrayIndexKey: the list is replaced as a whole
                  <MessageRow key={index} message={message} />
                ))}
              </Table.Tbody>
            </Table>
          </ScrollTable>
        )}
      </Stack>
    </Paper>
  )
}

function MessageRow({ message }: { readonly message: Message }) {
  const { t } = useTranslation()
  const exact = useExactTime()
  const { task_id, task_name, args, kwargs, eta, expires, problem } = message
  const times = [
    ...(eta === null ? [] : [`${t('queue.eta')} ${exact(eta)}`]),
    ...(expires === null ? [] : [`${t('queue.expires')} ${exact(expires)}`]),
  ]
  return (
    <Table.Tr>
      <Table.Td className={classes.message}>
        {task_id === null ? (
          <Text size="sm" className={classes.error} lang="en">
            {problem}
          </Text>
        ) : (
          <Link to="/tasks/$taskId" params={{ taskId: task_id }}>
            {task_name}
          </Link>
        )}
        {message.redelivered && (
          <Badge size="xs" color="yellow" ml={6}>
            {t('queue.redelivered')}
          </Badge>
        )}
        {times.map((text) => (
          <Text key={text} size="xs" c="dimmed">
            {text}
          </Text>
        ))}
      </Table.Td>
      <Table.Td className={classes.message}>
        <Text size="xs" ff="monospace">
          {[args, kwargs].filter((text) => text !== null).join(' ')}
        </Text>
        <Text size="xs" c="dimmed">
          {t('queue.size', { count: message.size })}
        </Text>
      </Table.Td>
      <Table.Td>{message.priority}</Table.Td>
      <Table.Td>{message.retries}</Table.Td>
      <Table.Td className={classes.message}>{message.origin}</Table.Td>
    </Table.Tr>
  )
}
