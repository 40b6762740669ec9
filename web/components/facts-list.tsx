import { Group, Paper, Stack, Table, Text } from '@mantine/core'
import type { ReactNode } from 'react'
import classes from './facts-list.module.css'
import { useNarrow } from './narrow.js'
import { ScrollTable } from './scroll-table.js'

interface FactColumn<Item> {
  readonly name: string
  readonly show: (item: Item) => ReactNode
}

interface FactsListProps<Item> {
  readonly items: readonly Item[]
  readonly keyOf: (item: Item) => string
  /** The first heads a card on a narrow screen. */
  readonly columns: readonly FactColumn<Item>[]
  /** What can be done with an item. */
  readonly act?: (item: Item) => ReactNode
  readonly minWidth: number
}

/** A table on a desk, cards on a phone. */
export function FactsList<Item>(props: FactsListProps<Item>) {
  return useNarrow() ? <Cards {...props} /> : <Rows {...props} />
}

function Rows<Item>({ items, keyOf, columns, act, minWidth }: FactsListProps<Item>) {
  return (
    <ScrollTable minWidth={minWidth}>
      <Table verticalSpacing={4} highlightOnHover className={classes.table}>
        <Table.Thead>
          <Table.Tr>
            {columns.map(({ name }) => (
              <Table.Th key={name}>{name}</Table.Th>
            ))}
            {act && <Table.Td />}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {items.map((item) => (
            <Table.Tr key={keyOf(item)}>
              {columns.map(({ name, show }) => (
                <Table.Td key={name}>{show(item)}</Table.Td>
              ))}
              {act && <Table.Td ta="right">{act(item)}</Table.Td>}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </ScrollTable>
  )
}

function Cards<Item>({ items, keyOf, columns: [head, ...rest], act }: FactsListProps<Item>) {
  return (
    <Stack gap="xs" component="ul" className={classes.cards}>
      {items.map((item) => (
        <Paper key={keyOf(item)} withBorder p="xs" component="li">
          <Stack gap={2}>
            <Group justify="space-between" wrap="nowrap">
              <Text size="sm" fw={600} component="div" className={classes.value}>
                {head?.show(item)}
              </Text>
              {act?.(item)}
            </Group>
            {rest.map(({ name, show }) => {
              const shown = show(item)
              return isNothing(shown) ? null : (
                <Group key={name} gap="xs" wrap="nowrap" align="baseline">
                  <Text size="xs" c="dimmed" className={classes.name}>
                    {name}
                  </Text>
                  <Text size="sm" component="div" className={classes.value}>
                    {shown}
                  </Text>
                </Group>
              )
            })}
          </Stack>
        </Paper>
      ))}
    </Stack>
  )
}

function isNothing(shown: ReactNode): boolean {
  return shown === null || shown === undefined || shown === false || shown === ''
}
