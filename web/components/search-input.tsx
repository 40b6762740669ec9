import { TextInput } from '@mantine/core'
import { useDebouncedCallback } from '@mantine/hooks'
import { IconSearch } from './icons.js'

interface SearchInputProps {
  readonly label: string
  readonly text: string | undefined
  /** Told a moment after the last key; undefined where nothing stands there. */
  readonly onSearch: (text: string | undefined) => void
}

/** Text by which a list is narrowed. */
export function SearchInput({ label, text, onSearch }: SearchInputProps) {
  const search = useDebouncedCallback((typed: string) => onSearch(typed || undefined), 200)
  return (
    <TextInput
      size="xs"
      aria-label={label}
      placeholder={label}
      leftSection={<IconSearch size={14} />}
      defaultValue={text ?? ''}
      onChange={(event) => search(event.currentTarget.value)}
    />
  )
}
