import { Group, Paper, Stack, Text } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { useWorkflow } from '../api/tasks.js'
import type { KnownTask } from '../api/types.js'
import { StateBadge } from '../components/state-badge.js'

/** Tasks shown here; the list has all. */
const most = 12

/** The other tasks of its workflow. */
export function Workflow({ task }: { readonly task: KnownTask }) {
  const { t } = useTranslation()
  const { root_id: root, parent_id: parent } = task
  const page = useWorkflow(root).data
  const others = page?.tasks.filter(({ task_id }) => task_id !== task.task_id) ?? []
  if (root === null || others.length === 0) return null
  return (
    <Paper withBorder p="xs">
      <Group justify="space-between">
        <Text size="xs" c="dimmed">
          {t('detail.workflow', { count: page?.total ?? 0 })}
        </Text>
        <Link to="/tasks" search={{ root_id: root }}>
          <Text size="xs" span>
            {t('detail.wholeWorkflow')}
          </Text>
        </Link>
      </Group>
      <Stack gap={4} mt={4}>
        {others.slice(0, most).map((other) => (
          <Group key={other.task_id} gap="xs" wrap="nowrap">
            <StateBadge state={other.state} />
            <Link to="/tasks/$taskId" params={{ taskId: other.task_id }}>
              <Text size="sm" span>
                {other.task_name}
              </Text>
            </Link>
            <Text size="xs" c="dimmed">
              {other.task_id === parent ? t('detail.parent') : ''}
              {other.task_id === root && other.task_id !== parent ? t('detail.root') : ''}
            </Text>
          </Group>
        ))}
      </Stack>
    </Paper>
  )
}
