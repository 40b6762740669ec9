import { Badge } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { useSession } from '../api/session.js'
import { IconLock } from '../components/icons.js'

/** Says that nobody can change anything here. */
export function ReadOnlyBadge() {
  const { t } = useTranslation()
  if (useSession().data?.read_only !== true) return null
  return (
    <Badge
      variant="light"
      color="gray"
      size="sm"
      leftSection={<IconLock size={12} />}
      title={t('who.readOnlyHint')}
    >
      {t('who.readOnly')}
    </Badge>
  )
}
