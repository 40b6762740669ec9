import { Button, Group, Menu, Modal, Stack, Text } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { useDeleteRule, useMuteRule, useTestRule } from '../api/alerts.js'
import type { Rule, RuleTest } from '../api/types.js'
import { useNow } from '../components/now.js'
import { Problem } from '../components/problem.js'
import { DeliveryNote } from './delivery-note.js'

const hours = [1, 8, 24, 168] as const

interface RuleActionsProps {
  readonly rule: Rule
  readonly onEdit: () => void
}

/** What can be done with a rule. */
export function RuleActions({ rule, onEdit }: RuleActionsProps) {
  const { t } = useTranslation()
  const now = useNow()
  const [mute, remove, test] = [useMuteRule(), useDeleteRule(), useTestRule()]
  const isMuted = rule.muted_until !== null && Date.parse(rule.muted_until) > now
  const muteFor = (span: number) =>
    mute.mutate({ id: rule.id, until: new Date(Date.now() + span * 3_600_000).toISOString() })
  const problem = mute.error ?? remove.error ?? test.error
  return (
    <>
      <Group gap={4} justify="flex-end" wrap="nowrap">
        <Button
          size="compact-xs"
          variant="default"
          loading={test.isPending}
          onClick={() => test.mutate(rule.id)}
        >
          {t('alerts.test')}
        </Button>
        <Menu position="bottom-end">
          <Menu.Target>
            <Button size="compact-xs" variant="default" aria-label={t('alerts.more', { name: rule.name })}>
              ⋯
            </Button>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Item onClick={onEdit}>{t('alerts.edit')}</Menu.Item>
            {isMuted ? (
              <Menu.Item onClick={() => mute.mutate({ id: rule.id, until: null })}>
                {t('alerts.unmute')}
              </Menu.Item>
            ) : (
              hours.map((span) => (
                <Menu.Item key={span} onClick={() => muteFor(span)}>
                  {t(`alerts.muteFor.${span}`)}
                </Menu.Item>
              ))
            )}
            <Menu.Item
              color="red"
              onClick={() =>
                confirm(t('alerts.confirmDelete', { name: rule.name })) && remove.mutate(rule.id)
              }
            >
              {t('alerts.delete')}
            </Menu.Item>
          </Menu.Dropdown>
        </Menu>
      </Group>
      {problem && <Problem error={problem} />}
      {test.data !== undefined && (
        <Modal opened onClose={() => test.reset()} title={t('alerts.tested', { name: rule.name })}>
          <TestResult result={test.data} />
        </Modal>
      )}
    </>
  )
}

function TestResult({ result: { findings, deliveries } }: { readonly result: RuleTest }) {
  const { t } = useTranslation()
  return (
    <Stack gap="sm">
      {findings === null && <Text size="sm">{t('alerts.cannotTell')}</Text>}
      {findings?.length === 0 && <Text size="sm">{t('alerts.findsNothing')}</Text>}
      {findings?.map(({ subject, sentence }) => (
        <Text key={subject} size="sm" lang="en">
          ▲ {sentence}
        </Text>
      ))}
      {deliveries.length === 0 && (
        <Text size="sm" c="dimmed">
          {t('alerts.toldNobody')}
        </Text>
      )}
      {deliveries.map((delivery) => (
        <DeliveryNote key={delivery.channel} delivery={delivery} />
      ))}
    </Stack>
  )
}
