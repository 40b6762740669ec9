import { Paper, Stack, Text } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import type { ControlAnswer, ControlResult } from '../api/types.js'
import { StateBadge } from '../components/state-badge.js'
import classes from './workers.module.css'

interface ControlResultsProps {
  readonly answer: ControlAnswer
  /** What was asked for. */
  readonly order: object | undefined
}

/** What each worker made of a command, in words and in its own. */
export function ControlResults({ answer, order = {} }: ControlResultsProps) {
  const { t } = useTranslation()
  return (
    <Stack gap="xs" aria-live="polite">
      <Text size="sm">{t('control.counts', answer.counts)}</Text>
      <ul className={classes.results}>
        {answer.results.map((result) => (
          <Paper withBorder p="xs" component="li" key={result.worker}>
            <Result result={result} command={answer.command} order={order} />
          </Paper>
        ))}
      </ul>
    </Stack>
  )
}

interface ResultProps {
  readonly result: ControlResult
  readonly command: string
  readonly order: object
}

function Result({ result: { worker, outcome, code, message, raw }, command, order }: ResultProps) {
  const { t } = useTranslation()
  const key = code === 'done' ? `reply.done.${command}` : `reply.${code}`
  return (
    <Stack gap={2}>
      <div className={classes.name}>
        <StateBadge state={outcome} /> {worker}
      </div>
      <Text size="sm">{t(key, { ...order, raw, defaultValue: message })}</Text>
      {raw !== null && (
        <Text size="xs" c="dimmed" ff="monospace" lang="en" className={classes.name}>
          {raw}
        </Text>
      )}
    </Stack>
  )
}
