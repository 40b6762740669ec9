import { Button, CopyButton, Group } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { urlOf } from '../api/client.js'
import { isSignedIn, useSession } from '../api/session.js'
import { isFinished, taskPath } from '../api/tasks.js'
import type { TaskDetail } from '../api/types.js'
import { IconBell, IconBellOff, IconCopy, IconLink, IconPlayerStop } from '../components/icons.js'
import { usePreferences } from '../shell/preferences.js'

interface TaskActionsProps {
  readonly task: TaskDetail
  /** Absent for those who may not. */
  readonly onStop: (() => void) | undefined
}

/** A cookie is no use outside of the browser, and a token has no place in a clipboard. */
const tokenHeader = '-H "Authorization: Bearer $CRISPER_TOKEN" '

/** What can be done with a task: share it, watch it, stop it. */
export function TaskActions({ task, onStop }: TaskActionsProps) {
  const { t } = useTranslation()
  const identity = useSession().data?.identity
  const curl = `curl ${identity != null && isSignedIn(identity) ? tokenHeader : ''}'${urlOf(taskPath(task.task_id))}'`
  return (
    <Group gap="xs">
      <Copy value={curl} label={t('detail.copyCurl')} icon={<IconCopy size={14} />} />
      <Copy value={location.href} label={t('detail.copyLink')} icon={<IconLink size={14} />} />
      {!isFinished(task) && (
        <>
          <WatchButton taskId={task.task_id} />
          {onStop && (
            <Button size="xs" color="red" leftSection={<IconPlayerStop size={14} />} onClick={onStop}>
              {t('detail.stop')}
            </Button>
          )}
        </>
      )}
    </Group>
  )
}

interface CopyProps {
  readonly value: string
  readonly label: string
  readonly icon: React.ReactNode
}

function Copy({ value, label, icon }: CopyProps) {
  const { t } = useTranslation()
  return (
    <CopyButton value={value}>
      {({ copied, copy }) => (
        <Button size="xs" variant="default" leftSection={icon} onClick={copy}>
          {copied ? t('detail.copied') : label}
        </Button>
      )}
    </CopyButton>
  )
}

function WatchButton({ taskId }: { readonly taskId: string }) {
  const { t } = useTranslation()
  const { preferences, change } = usePreferences()
  const isWatched = preferences.watched.includes(taskId)
  const others = preferences.watched.filter((id) => id !== taskId)
  return (
    <Button
      size="xs"
      variant="default"
      leftSection={isWatched ? <IconBellOff size={14} /> : <IconBell size={14} />}
      onClick={() => change({ watched: isWatched ? others : [...others, taskId] })}
    >
      {isWatched ? t('watch.off') : t('watch.on')}
    </Button>
  )
}
