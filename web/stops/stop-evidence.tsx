import { Stack, Text } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import type { Stop } from '../api/types.js'
import { Time } from '../components/time.js'

/** Who was told, what each worker said, and what proves the outcome. */
export function StopEvidence({ stop }: { readonly stop: Stop }) {
  const { t } = useTranslation()
  const { evidence } = stop
  return (
    <Stack gap={2}>
      {stop.sent_count > 0 && (
        <Text size="xs" c="dimmed">
          {t('stop.sentTimes', { count: stop.sent_count })} <Time at={stop.sent_at} />
        </Text>
      )}
      {stop.replies.map((reply) => (
        <Text key={`${reply.worker} ${reply.at}`} size="xs" c="dimmed">
          {t('stop.reply', { worker: reply.worker, text: reply.text })} <Time at={reply.at} />
        </Text>
      ))}
      {evidence !== null && (
        <Text size="xs">
          {t('stop.evidence', {
            what: evidence.event ?? evidence.check ?? '',
            worker: evidence.worker ?? '',
          })}{' '}
          <Time at={evidence.at} />
        </Text>
      )}
    </Stack>
  )
}
