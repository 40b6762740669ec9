import { useTranslation } from 'react-i18next'
import type { Condition } from '../api/types.js'

/** Says what a rule looks for, in one sentence. */
export function useConditionWords(): (condition: Condition) => string {
  const { t } = useTranslation()
  const tasks = ({ task_name, task_type, company_id, queue }: Record<string, string | undefined>) => {
    const parts = Object.entries({ task_name, task_type, company_id, queue }).flatMap(([name, value]) =>
      value === undefined ? [] : [t(`alerts.of.${name}`, { value })],
    )
    return parts.length === 0 ? t('alerts.of.all') : parts.join(', ')
  }
  return (condition) => {
    const { kind } = condition
    if (kind === 'queue_age') {
      const queue = condition.queue ?? t('alerts.anyQueue')
      return t('alerts.words.queue_age', { seconds: condition.seconds, queue })
    }
    if (kind === 'missing_worker') return t('alerts.words.missing_worker', condition)
    const { filter, ...numbers } = condition
    return t(`alerts.words.${kind}`, { ...numbers, tasks: tasks(filter) })
  }
}
