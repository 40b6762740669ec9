import { Stack, Text } from '@mantine/core'
import type { ReactNode } from 'react'

interface FactProps {
  readonly name: string
  /** More about the name, on hover. */
  readonly title?: string | undefined
  readonly children: ReactNode
}

/** One thing that is known, under its name. Left out where nothing is known. */
export function Fact({ name, title, children }: FactProps) {
  if (children === null || children === undefined || children === false || children === '') return null
  return (
    <Stack gap={0} miw={0}>
      <Text size="xs" c="dimmed" truncate title={title}>
        {name}
      </Text>
      <Text size="sm" component="div" truncate>
        {children}
      </Text>
    </Stack>
  )
}
