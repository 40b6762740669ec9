import { Combobox, Kbd, TextInput, useCombobox } from '@mantine/core'
import { useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useTaskTypes } from '../api/tasks.js'
import { useWorkers } from '../api/workers.js'
import { IconSearch } from '../components/icons.js'
import { useKeys } from '../shell/keys.js'
import { type Filters, formatFilters, parseFilters } from './filters.js'
import { complete, suggestionsFor } from './suggestions.js'

interface FilterBarProps {
  readonly filters: Filters
  readonly onChange: (filters: Filters) => void
}

/** `type:etl state:failure since:2h text`, with suggestions for the word that is being typed. */
export function FilterBar({ filters, onChange }: FilterBarProps) {
  const { t } = useTranslation()
  const shown = formatFilters(filters)
  const [text, setText] = useState(shown)
  const input = useRef<HTMLInputElement>(null)
  const combobox = useCombobox({ onDropdownClose: () => combobox.resetSelectedOption() })
  const suggestions = suggestionsFor(text, useKnownValues())

  // What is typed gives way only to another URL.
  useEffect(() => setText(shown), [shown])
  useKeys([['/', () => input.current?.focus()]])

  const apply = (typed: string) => {
    combobox.closeDropdown()
    if (typed !== shown) onChange(parseFilters(typed))
  }
  return (
    <Combobox
      store={combobox}
      onOptionSubmit={(suggestion) => {
        const completed = complete(text, suggestion)
        setText(completed)
        combobox.resetSelectedOption()
        if (!suggestion.endsWith(':')) apply(completed)
      }}
    >
      <Combobox.Target>
        <TextInput
          ref={input}
          role="searchbox"
          aria-label={t('list.filter')}
          placeholder={t('list.filterExample')}
          leftSection={<IconSearch size={16} aria-hidden />}
          rightSection={text === '' && <Kbd size="xs">/</Kbd>}
          value={text}
          spellCheck={false}
          autoComplete="off"
          onFocus={() => combobox.openDropdown()}
          onChange={(event) => {
            setText(event.currentTarget.value)
            combobox.openDropdown()
            combobox.resetSelectedOption()
          }}
          onKeyDown={(event) => {
            // With a suggestion chosen, Enter is the suggestion's.
            if (event.key === 'Enter' && combobox.getSelectedOptionIndex() < 0) apply(text)
            if (event.key === 'Escape') input.current?.blur()
          }}
          onBlur={() => apply(text)}
        />
      </Combobox.Target>
      <Combobox.Dropdown hidden={suggestions.length === 0}>
        <Combobox.Options aria-label={t('list.suggestions')} mah={280} style={{ overflowY: 'auto' }}>
          {suggestions.map((suggestion) => (
            <Combobox.Option key={suggestion} value={suggestion}>
              {suggestion}
            </Combobox.Option>
          ))}
        </Combobox.Options>
      </Combobox.Dropdown>
    </Combobox>
  )
}

function useKnownValues() {
  const types = useTaskTypes().data?.task_types.map(({ value }) => value) ?? []
  const workers = useWorkers().data?.workers.map(({ name }) => name) ?? []
  return { type: types, worker: workers }
}
