import { Table } from '@mantine/core'
import type { ReactNode } from 'react'

interface ScrollTableProps {
  /** Below so many pixels it scrolls sideways, by keyboard too. */
  readonly minWidth: number
  readonly children: ReactNode
}

export function ScrollTable({ minWidth, children }: ScrollTableProps) {
  return (
    <Table.ScrollContainer minWidth={minWidth} scrollAreaProps={{ viewportProps: { tabIndex: 0 } }}>
      {children}
    </Table.ScrollContainer>
  )
}
