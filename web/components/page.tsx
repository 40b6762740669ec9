import { Group, Stack, Title } from '@mantine/core'
import type { ReactNode } from 'react'

interface PageProps {
  readonly title: string
  /** At the other end of the title's line. */
  readonly aside?: ReactNode
  readonly children: ReactNode
}

/** A page that scrolls, below its title. */
export function Page({ title, aside, children }: PageProps) {
  return (
    <div style={{ overflow: 'auto' }}>
      <Stack gap="xs" pb="md">
        <Group justify="space-between">
          <Title order={1} size="h4">
            {title}
          </Title>
          {aside}
        </Group>
        {children}
      </Stack>
    </div>
  )
}
