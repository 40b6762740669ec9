import { Stack, Text } from '@mantine/core'
import type { ReactNode } from 'react'

interface EmptyProps {
  readonly title: string
  /** How to get something here. */
  readonly hint: string
  readonly children?: ReactNode
}

export function Empty({ title, hint, children }: EmptyProps) {
  return (
    <Stack align="center" py="xl" gap="xs">
      <Text fw={600}>{title}</Text>
      <Text size="sm" c="dimmed" ta="center">
        {hint}
      </Text>
      {children}
    </Stack>
  )
}
