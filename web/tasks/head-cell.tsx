import { UnstyledButton } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { type ColumnName, columnOf } from './columns.js'
import classes from './task-table.module.css'

interface HeadCellProps {
  readonly name: ColumnName
  /** As the API takes it: a leading `-` is descending. */
  readonly order: string
  readonly onOrder: (order: string) => void
}

/** The name of a column; a click orders by it, first descending, then ascending. */
export function HeadCell({ name, order, onOrder }: HeadCellProps) {
  const { t } = useTranslation()
  const { order: field, numeric } = columnOf(name)
  const direction = order === field ? 'ascending' : order === `-${field}` ? 'descending' : undefined
  return (
    <span role="columnheader" data-column={name} data-numeric={numeric} aria-sort={direction ?? 'none'}>
      {field === undefined ? (
        t(`column.${name}`)
      ) : (
        <UnstyledButton
          className={classes.sort}
          onClick={() => onOrder(direction === 'descending' ? field : `-${field}`)}
        >
          {t(`column.${name}`)}
          <span aria-hidden>{direction === undefined ? '' : direction === 'ascending' ? ' ↑' : ' ↓'}</span>
        </UnstyledButton>
      )}
    </span>
  )
}
