import { Radio, Stack, TextInput } from '@mantine/core'
import { useTranslation } from 'react-i18next'

interface Choice {
  readonly hard: boolean
  readonly reason: string
}

interface StopChoiceProps {
  readonly choice: Choice
  readonly onChange: (choice: Choice) => void
  /** What each would do here. */
  readonly soft: string
  readonly hard: string
}

/** Soft or hard, with what each would do, and why. */
export function StopChoice({ choice, onChange, soft, hard }: StopChoiceProps) {
  const { t } = useTranslation()
  return (
    <>
      <Radio.Group
        aria-label={t('stop.mode')}
        value={choice.hard ? 'hard' : 'soft'}
        onChange={(value) => onChange({ ...choice, hard: value === 'hard' })}
      >
        <Stack gap="xs">
          <Radio value="soft" label={t('stop.soft')} description={soft} />
          <Radio value="hard" color="red" label={t('stop.hard')} description={hard} />
        </Stack>
      </Radio.Group>
      <TextInput
        label={t('stop.reason')}
        placeholder={t('stop.reasonExample')}
        value={choice.reason}
        maxLength={1000}
        data-autofocus
        onChange={(event) => onChange({ ...choice, reason: event.currentTarget.value })}
      />
    </>
  )
}
