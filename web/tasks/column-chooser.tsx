import { ActionIcon, Button, Checkbox, Group, Popover, Stack } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { IconArrowDown, IconArrowUp, IconColumns3 } from '../components/icons.js'
import { type ColumnName, columnNames, defaultColumns } from './columns.js'

interface ColumnChooserProps {
  readonly columns: readonly ColumnName[]
  readonly onChange: (columns: readonly ColumnName[] | null) => void
}

/** Which columns are shown, and in which order. */
export function ColumnChooser({ columns, onChange }: ColumnChooserProps) {
  const { t } = useTranslation()
  const hidden = columnNames.filter((name) => !columns.includes(name))
  return (
    <Popover position="bottom-end" withArrow trapFocus>
      <Popover.Target>
        <ActionIcon variant="default" size="input-sm" aria-label={t('columns.choose')}>
          <IconColumns3 size={16} />
        </ActionIcon>
      </Popover.Target>
      <Popover.Dropdown>
        <Stack gap={4} mah={420} style={{ overflowY: 'auto' }}>
          {[...columns, ...hidden].map((name) => {
            const at = columns.indexOf(name)
            return (
              <Group key={name} gap={4} justify="space-between" wrap="nowrap">
                <Checkbox
                  size="xs"
                  label={t(`column.${name}`)}
                  checked={at >= 0}
                  disabled={at >= 0 && columns.length === 1}
                  onChange={() =>
                    onChange(at >= 0 ? columns.filter((each) => each !== name) : [...columns, name])
                  }
                />
                {at >= 0 && (
                  <Group gap={0} wrap="nowrap">
                    <Move name={name} by={-1} columns={columns} onChange={onChange} />
                    <Move name={name} by={1} columns={columns} onChange={onChange} />
                  </Group>
                )}
              </Group>
            )
          })}
          <Button
            size="compact-xs"
            variant="subtle"
            disabled={columns.join() === defaultColumns.join()}
            onClick={() => onChange(null)}
          >
            {t('columns.reset')}
          </Button>
        </Stack>
      </Popover.Dropdown>
    </Popover>
  )
}

interface MoveProps extends ColumnChooserProps {
  readonly name: ColumnName
  readonly by: -1 | 1
}

function Move({ name, by, columns, onChange }: MoveProps) {
  const { t } = useTranslation()
  const to = columns.indexOf(name) + by
  const column = t(`column.${name}`)
  return (
    <ActionIcon
      size="sm"
      variant="subtle"
      color="gray"
      disabled={to < 0 || to >= columns.length}
      aria-label={t(by < 0 ? 'columns.earlier' : 'columns.later', { column })}
      onClick={() => onChange(columns.filter((each) => each !== name).toSpliced(to, 0, name))}
    >
      {by < 0 ? <IconArrowUp size={14} /> : <IconArrowDown size={14} />}
    </ActionIcon>
  )
}
