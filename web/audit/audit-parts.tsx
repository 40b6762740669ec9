import { Badge, Code, Text } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import type { AuditEntry } from '../api/types.js'
import classes from './audit.module.css'
import { outcomeOf } from './outcome.js'

/** What was done in words, with the code by which it can be asked for. */
export function Action({ action }: { readonly action: string }) {
  const { t } = useTranslation()
  const words = t(`audit.did.${action}`, { defaultValue: action })
  return (
    <>
      {words}
      {words !== action && (
        <Text size="xs" c="dimmed" ff="monospace">
          {action}
        </Text>
      )}
    </>
  )
}

interface TargetProps {
  readonly entry: AuditEntry
  readonly target: string
}

/** To what it was done; a task, a stop or a batch is a click away. */
export function Target({ entry: { action }, target }: TargetProps) {
  const text = (
    <Text span size="xs" ff="monospace" className={classes.target}>
      {target}
    </Text>
  )
  if (action === 'task.stop') {
    return (
      <Link to="/tasks/$taskId" params={{ taskId: target }}>
        {text}
      </Link>
    )
  }
  if (action === 'stop.cancel') {
    return (
      <Link to="/stops" search={{ stop_id: target }}>
        {text}
      </Link>
    )
  }
  if (action === 'batch.cancel') {
    return (
      <Link to="/stops" search={{ batch_id: target }}>
        {text}
      </Link>
    )
  }
  return text
}

/** What came of it in a word, and on hover the HTTP status. */
export function Outcome({ entry }: { readonly entry: AuditEntry }) {
  const { t } = useTranslation()
  const outcome = outcomeOf(entry)
  return (
    <Badge
      variant="light"
      size="sm"
      color={outcome === 'done' ? 'teal' : outcome === 'failed' ? 'red' : 'orange'}
      title={`HTTP ${entry.status}`}
      className={classes.outcome}
    >
      {t(`audit.result.${outcome}`)}
    </Badge>
  )
}

/** What was asked for, folded. */
export function Detail({ entry: { seq, detail } }: { readonly entry: AuditEntry }) {
  const { t } = useTranslation()
  return (
    <details className={classes.detail}>
      <summary>{Object.keys(detail).join(', ')}</summary>
      <Code
        block
        tabIndex={0}
        role="region"
        aria-label={t('audit.details', { seq })}
        className={classes.json}
      >
        {JSON.stringify(detail, null, 2)}
      </Code>
    </details>
  )
}
