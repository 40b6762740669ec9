import { useTranslation } from 'react-i18next'
import type { Scope } from '../api/types.js'

export const scopeParts = ['tenants', 'companies', 'task_types', 'queues'] as const

/** Which tasks are seen, in words. Each part narrows. */
export function useScopeWords(): (scope: Scope) => string {
  const { t } = useTranslation()
  return (scope) => {
    const parts = scopeParts.flatMap((part) => {
      const list = scope[part]
      if (list === null) return []
      const names = list.length === 0 ? t('scope.none') : list.join(', ')
      return [t(`scope.of.${part}`, { names })]
    })
    return parts.length === 0 ? t('scope.all') : parts.join(' · ')
  }
}
