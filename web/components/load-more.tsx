import { Button, Group } from '@mantine/core'
import { useTranslation } from 'react-i18next'

interface LoadMoreProps {
  readonly onLoad: () => void
  readonly loading?: boolean
}

/** Below a list of which only the first part is shown. */
export function LoadMore({ onLoad, loading = false }: LoadMoreProps) {
  const { t } = useTranslation()
  return (
    <Group justify="center">
      <Button size="xs" variant="default" loading={loading} onClick={onLoad}>
        {t('list.more')}
      </Button>
    </Group>
  )
}
