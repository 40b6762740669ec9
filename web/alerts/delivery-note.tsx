import { Text } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import type { Delivery } from '../api/types.js'

/** Whether a test message arrived. */
export function DeliveryNote({ delivery: { channel, problem } }: { readonly delivery: Delivery }) {
  const { t } = useTranslation()
  return problem === null ? (
    <Text size="sm">✓ {t('alerts.arrived', { channel })}</Text>
  ) : (
    <Text size="sm" c="red">
      ✕ {t('alerts.notArrived', { channel, problem })}
    </Text>
  )
}
