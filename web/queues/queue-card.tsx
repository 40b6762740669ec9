import { Group, Paper, Stack, Text } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { counts } from './counts.js'
import { QueueConsumers, QueueCount, type QueueItemProps, QueueName } from './queue-parts.js'
import classes from './queues-page.module.css'
import { Sparkline } from './sparkline.js'

/** One queue on a narrow screen. */
export function QueueCard({ queue, anySilent }: QueueItemProps) {
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
        </Group>
        <Sparkline queue={queue.name} trend={queue.trend} />
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
