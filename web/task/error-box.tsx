import { Button, Code, CopyButton, Paper, Text, Title } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import type { KnownTask } from '../api/types.js'
import classes from './error-box.module.css'
import { framesOf } from './traceback.js'

/** Why it failed or was revoked, with the traceback. */
export function ErrorBox({ task }: { readonly task: KnownTask }) {
  const { t } = useTranslation()
  const { error, traceback, state } = task
  if (error === null && traceback === null) return null
  const failed = state === 'FAILURE'
  return (
    <Paper withBorder p="sm" className={classes.box} data-failed={failed}>
      <Title order={2} size="h6" mb={4}>
        {t(failed ? 'detail.error' : state === 'RETRY' ? 'detail.retried' : 'detail.revoked')}
      </Title>
      {error !== null && (
        <Text size="sm" ff="monospace" className={classes.error}>
          {error}
        </Text>
      )}
      {traceback !== null && <Traceback text={traceback.text} size={traceback.size} />}
    </Paper>
  )
}

function Traceback({ text, size }: { readonly text: string; readonly size: number | undefined }) {
  const { t } = useTranslation()
  return (
    <>
      <Code block className={classes.traceback} tabIndex={0} role="region" aria-label={t('detail.traceback')}>
        {framesOf(text).map(({ key, kind, line }) => (
          <span key={key} data-kind={kind}>
            {line}
            {'\n'}
          </span>
        ))}
      </Code>
      {size !== undefined && (
        <Text size="xs" c="dimmed">
          {t('detail.cut', { size })}
        </Text>
      )}
      <CopyButton value={text}>
        {({ copied, copy }) => (
          <Button size="compact-xs" variant="subtle" color="gray" mt={4} onClick={copy}>
            {copied ? t('detail.copied') : t('detail.copyTraceback')}
          </Button>
        )}
      </CopyButton>
    </>
  )
}
