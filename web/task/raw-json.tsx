import { Code } from '@mantine/core'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import classes from './literal.module.css'

/** What the API says, as it says it. */
export function RawJson({ value }: { readonly value: object }) {
  const { t } = useTranslation()
  const [open, setOpen] = useState(false)
  return (
    <details onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{t('detail.json')}</summary>
      {open && (
        <Code block className={classes.raw} tabIndex={0} role="region" aria-label={t('detail.json')}>
          {JSON.stringify(value, null, 2)}
        </Code>
      )}
    </details>
  )
}
