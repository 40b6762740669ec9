import { Button, Code, CopyButton, Group, Paper, Text } from '@mantine/core'
import { useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { parseLiteral } from '../../src/celery/python-literal.js'
import classes from './literal.module.css'
import { LiteralTree } from './literal-tree.js'

interface LiteralBlockProps {
  readonly title: string
  readonly text: { readonly text: string; readonly size?: number | undefined } | null
}

/** Characters of raw text that are drawn at once. */
const mostShown = 100_000

/** A repr as a folding tree, and its raw text a click away. */
export function LiteralBlock({ title, text }: LiteralBlockProps) {
  const { t } = useTranslation()
  const [raw, setRaw] = useState(false)
  const literal = useMemo(() => (text === null ? undefined : parseLiteral(text.text)), [text])
  if (text === null || literal === undefined) return null
  const value = literal.value
  return (
    <Paper withBorder p="xs">
      <Group justify="space-between" mb={4}>
        <Text size="xs" c="dimmed">
          {title}
          {text.size !== undefined && ` – ${t('detail.cut', { size: text.size })}`}
          {text.size === undefined && literal.truncated && ` – ${t('detail.cutByCelery')}`}
        </Text>
        <Group gap={2}>
          {value !== undefined && (
            <Button size="compact-xs" variant="subtle" color="gray" onClick={() => setRaw(!raw)}>
              {raw ? t('detail.tree') : t('detail.raw')}
            </Button>
          )}
          <CopyButton value={text.text}>
            {({ copied, copy }) => (
              <Button size="compact-xs" variant="subtle" color="gray" onClick={copy}>
                {copied ? t('detail.copied') : t('detail.copy')}
              </Button>
            )}
          </CopyButton>
        </Group>
      </Group>
      {raw || value === undefined ? (
        <Code block className={classes.raw} tabIndex={0} role="region" aria-label={title}>
          {text.text.slice(0, mostShown)}
        </Code>
      ) : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard
        <section className={classes.tree} tabIndex={0} aria-label={title}>
          <LiteralTree value={value} />
        </section>
      )}
    </Paper>
  )
}
