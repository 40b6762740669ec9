import { UnstyledButton } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import type { Counts } from '../api/types.js'
import { compactFormat } from '../components/formats.js'
import { useExactTime } from '../components/time.js'
import type { Filters } from './filters.js'
import classes from './state-tabs.module.css'

/** A tab for each group of states that people ask for. */
const tabs = {
  all: [],
  waiting: ['PENDING', 'SENT', 'RECEIVED'],
  running: ['STARTED', 'PROGRESS'],
  retry: ['RETRY'],
  success: ['SUCCESS'],
  failure: ['FAILURE'],
  revoked: ['REVOKED'],
} as const

type TabName = keyof typeof tabs

interface StateTabsProps {
  readonly filters: Filters
  /** Of what matches but for the state; none yet at first. */
  readonly counts: Counts | undefined
  readonly onChange: (filters: Filters) => void
}

/** How many match in each state; one is a click away. */
export function StateTabs({ filters, counts, onChange }: StateTabsProps) {
  const { t, i18n } = useTranslation()
  const { state: chosen, ...rest } = filters
  const number = compactFormat(i18n.language)
  const exact = useExactTime()
  const title = (count: number, { counted_at }: Counts) =>
    t('list.countedAt', { tasks: count.toLocaleString(i18n.language), at: exact(counted_at) })
  return (
    <nav className={classes.tabs} aria-label={t('list.states')}>
      {Object.entries(tabs).map(([name, states]) => {
        const state = states.join(',')
        const isChosen = (chosen ?? '') === state
        const count = counts && countOf(counts, states)
        return (
          <UnstyledButton
            key={name}
            className={classes.tab}
            data-tone={name}
            aria-current={isChosen ? 'true' : undefined}
            onClick={() => onChange(state === '' ? rest : { ...rest, state })}
          >
            {t(`tab.${name as TabName}`)}
            <span
              className={classes.count}
              title={counts && count !== undefined ? title(count, counts) : undefined}
            >
              {count === undefined ? '…' : number.format(count)}
            </span>
          </UnstyledButton>
        )
      })}
    </nav>
  )
}

/** All of them where no state is named. */
export function countOf({ by_state, total }: Counts, states: readonly string[]): number {
  if (states.length === 0) return total
  return states.reduce((sum, state) => sum + (by_state[state] ?? 0), 0)
}
