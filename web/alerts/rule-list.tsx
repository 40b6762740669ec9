import { Button, Group, Skeleton, Stack, Text, Title } from '@mantine/core'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useRules } from '../api/alerts.js'
import { useMay } from '../api/session.js'
import type { Rule } from '../api/types.js'
import { Empty } from '../components/empty.js'
import { FactsList } from '../components/facts-list.js'
import { useNow } from '../components/now.js'
import { Problem } from '../components/problem.js'
import { StateBadge } from '../components/state-badge.js'
import { useConditionWords } from './condition-words.js'
import { RuleActions } from './rule-actions.js'
import { RuleDialog } from './rule-dialog.js'

/** The rules, with what they look for and how they stand. */
export function RuleList() {
  const { t } = useTranslation()
  const { data, error, refetch } = useRules()
  const mayManage = useMay('alerts:manage')
  const [open, setOpen] = useState<{ readonly rule?: Rule }>()
  const words = useConditionWords()
  return (
    <Stack gap="xs">
      <Group justify="space-between">
        <Title order={2} size="h5">
          {t('alerts.rules')}
        </Title>
        {mayManage && (
          <Button size="xs" onClick={() => setOpen({})} disabled={data === undefined}>
            {t('alerts.newRule')}
          </Button>
        )}
      </Group>
      {error && <Problem error={error} retry={() => void refetch()} />}
      {data === undefined && !error && <Skeleton height={120} />}
      {data?.rules.length === 0 && <Empty title={t('alerts.noRules')} hint={t('alerts.noRulesHint')} />}
      {data !== undefined && data.rules.length > 0 && (
        <FactsList
          items={data.rules}
          keyOf={({ id }) => id}
          minWidth={860}
          columns={[
            { name: t('alerts.name'), show: ({ name }) => name },
            { name: t('column.state'), show: (rule) => <RuleState rule={rule} /> },
            { name: t('alerts.looksFor'), show: ({ condition }) => words(condition) },
            { name: t('alerts.channels'), show: ({ channels }) => channels.join(', ') || t('alerts.nobody') },
          ]}
          {...(mayManage && {
            act: (rule: Rule) => <RuleActions rule={rule} onEdit={() => setOpen({ rule })} />,
          })}
        />
      )}
      {open !== undefined && data !== undefined && (
        <RuleDialog rule={open.rule} channels={data.channels} onClose={() => setOpen(undefined)} />
      )}
    </Stack>
  )
}

function RuleState({ rule }: { readonly rule: Rule }) {
  const { t } = useTranslation()
  const now = useNow()
  const { enabled, firing, muted_until: mutedUntil, problem } = rule
  const isMuted = mutedUntil !== null && Date.parse(mutedUntil) > now
  const state = !enabled ? 'off' : firing > 0 ? 'firing' : 'ok'
  return (
    <>
      <Group gap="xs">
        <StateBadge state={state} />
        {isMuted && <StateBadge state="muted" />}
      </Group>
      {problem !== null && (
        <Text size="xs" c="red" lang="en">
          {t('alerts.notLookedAt', { problem })}
        </Text>
      )}
    </>
  )
}
