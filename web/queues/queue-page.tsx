import { Anchor, Button, Group, Paper, SimpleGrid, Skeleton, Stack, Text, Title } from '@mantine/core'
import { Link, useParams } from '@tanstack/react-router'
import { type ReactNode, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { HiddenPayload } from '../access/hidden-payload.js'
import { useQueue } from '../api/queues.js'
import { useMay } from '../api/session.js'
import type { QueueDetail } from '../api/types.js'
import { Problem } from '../components/problem.js'
import { PurgeDialog } from './purge-dialog.js'
import { Purges } from './purges.js'
import { EmptyIn, Oldest, Rate } from './queue-facts.js'
import { QueueHistory } from './queue-history.js'
import { QueueConsumers, QueueCount, Unacknowledged } from './queue-parts.js'
import { WaitingMessages } from './waiting-messages.js'

/** One queue: how it stands, its last day, what waits in it, and purging it. */
export function QueuePage() {
  const { t } = useTranslation()
  const { name } = useParams({ from: '/queues/$name' })
  const { data: queue, error, refetch } = useQueue(name)
  const [purging, setPurging] = useState(false)
  const mayPurge = useMay('queues:purge')
  return (
    <div style={{ overflow: 'auto' }}>
      <Stack gap="sm" pb="md">
        <Anchor component={Link} to="/queues" size="sm" style={{ alignSelf: 'flex-start' }}>
          ← {t('nav.queues')}
        </Anchor>
        <Group justify="space-between" align="flex-start">
          <Title order={1} size="h3" style={{ overflowWrap: 'anywhere' }}>
            {name}
          </Title>
          <Group gap="xs">
            <Button
              size="xs"
              variant="default"
              renderRoot={(props) => <Link to="/tasks" search={{ queue: name }} {...props} />}
            >
              {t('queue.tasks')}
            </Button>
            {mayPurge && (
              <Button size="xs" color="red" variant="light" onClick={() => setPurging(true)}>
                {t('queue.purge')}
              </Button>
            )}
          </Group>
        </Group>
        {error && <Problem error={error} retry={() => void refetch()} />}
        {queue === undefined && !error && <Skeleton height={300} />}
        {queue !== undefined && <Known queue={queue} />}
      </Stack>
      {purging && <PurgeDialog name={name} onClose={() => setPurging(false)} />}
    </div>
  )
}

function Known({ queue }: { readonly queue: QueueDetail }) {
  const { t } = useTranslation()
  const seesPayload = useMay('tasks:payload')
  return (
    <>
      {queue.error !== null && (
        <Text size="sm" c="red" lang="en">
          {queue.error}
        </Text>
      )}
      <SimpleGrid cols={{ base: 2, sm: 4 }} spacing="xs">
        <Fact name={t('queue.waiting')}>
          <QueueCount queue={queue} count="waiting" />
        </Fact>
        <Fact name={t('queue.oldest')}>
          <Oldest queue={queue} />
        </Fact>
        <Fact name={t('queue.published')}>
          <Rate rate={queue.rates?.published} />
        </Fact>
        <Fact name={t('queue.taken')}>
          <Rate rate={queue.rates?.taken} />
        </Fact>
        <Fact name={t('queue.emptyIn')}>
          <EmptyIn queue={queue} />
        </Fact>
        {queue.unacknowledged !== null && (
          <Fact name={t('queue.unacknowledged')}>
            <Unacknowledged queue={queue} />
          </Fact>
        )}
        <Fact name={t('queue.delayed')}>{queue.delayed.toLocaleString()}</Fact>
        <Fact name={t('queue.unfinished')}>
          <QueueCount queue={queue} count="unfinished" />
        </Fact>
        <Fact name={t('queue.consumers')}>
          <QueueConsumers queue={queue} anySilent={queue.silent_workers.length > 0} />
        </Fact>
      </SimpleGrid>
      <QueueHistory history={queue.history} />
      {seesPayload ? (
        <WaitingMessages name={queue.name} onRabbitmq={queue.consumers !== null} />
      ) : (
        <HiddenPayload />
      )}
      <Purges purges={queue.purges} />
    </>
  )
}

function Fact({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  return (
    <Paper withBorder p="xs">
      <Text size="xs" c="dimmed">
        {name}
      </Text>
      <Text size="sm" component="div" style={{ overflowWrap: 'anywhere' }}>
        {children ?? '–'}
      </Text>
    </Paper>
  )
}
