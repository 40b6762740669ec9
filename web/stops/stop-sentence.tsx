import { Text } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import type { Stop } from '../api/types.js'
import { StopEvidence } from './stop-evidence.js'

/** Where a stop stands and why it was asked for, in plain words; the evidence unfolds. */
export function StopSentence({ stop }: { readonly stop: Stop }) {
  const { t } = useTranslation()
  return (
    <div>
      <details>
        <summary>
          <Text size="sm" span lang="en">
            {stop.explanation}
          </Text>
        </summary>
        <StopEvidence stop={stop} />
      </details>
      {stop.reason !== null && (
        <Text size="xs" c="dimmed">
          {t('stop.because', { reason: stop.reason })}
        </Text>
      )}
    </div>
  )
}
