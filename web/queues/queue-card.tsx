import { Group, Paper, Stack, Text } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { counts } from './counts.js'
import { Oldest, Rate } from './queue-facts.js'
import {
  type ListedQueueProps,
  QueueConsumers,
  QueueCount,
  QueueName,
  Unacknowledged,
} from './queue-parts.js'
import classes from './queues-page.module.css'
import { Sparkline } from './sparkline.js'

/** One queue on a narrow screen. */
export function QueueCard({ queue, anySilent, withHeld }: ListedQueueProps) {
  const { t } = useTranslation()
  return (
    <Paper withBorder p="xs" component="li">
      <Stack gap={6}>
        <QueueName queue={queue} />
        <Group className={classes.counts}>
          {counts.map((count) => (
            <div key={count} className={classes.number}>
              <Text size="xs" c="dimmed">
                {t(`queues.${count}`)}
              </Text>
              <QueueCount queue={queue} count={count} />
            </div>
          ))}
          {withHeld && (
            <div className={classes.number}>
              <Text size="xs" c="dimmed">
                {t('queue.unacknowledged')}
              </Text>
              <Unacknowledged queue={queue} />
            </div>
          )}
        </Group>
        <Group gap="md" align="flex-end">
          {queue.oldest_at !== null && (
            <div className={classes.number}>
              <Text size="xs" c="dimmed">
                {t('queues.oldest')}
              </Text>
              <Text size="sm" component="div">
                <Oldest queue={queue} />
              </Text>
            </div>
          )}
          {queue.rates !== null && (
            <div className={classes.number}>
              <Text size="xs" c="dimmed">
                {t('queues.rates')}
              </Text>
              <Text size="sm">
                <Rate rate={queue.rates.published} /> / <Rate rate={queue.rates.taken} />
              </Text>
            </div>
          )}
          <Sparkline queue={queue.name} trend={queue.trend} />
        </Group>
        <div>
          <Text size="xs" c="dimmed">
            {t('queues.consumers')}
          </Text>
          <QueueConsumers queue={queue} anySilent={anySilent} />
        </div>
      </Stack>
    </Paper>
  )
}
