import { Button, Group, Modal, NativeSelect, Stack, Text, TextInput } from '@mantine/core'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { WorkerCommandName } from '../../src/celery/worker-commands.js'
import type { WorkerDetail } from '../api/types.js'
import { useControl } from '../api/workers.js'
import { Problem } from '../components/problem.js'
import {
  argumentsOf,
  fieldsOf,
  initialValues,
  isComplete,
  offered,
  typedConfirmation,
  type Values,
} from './commands.js'
import { ControlResults } from './control-results.js'

interface ControlDialogProps {
  readonly workers: readonly string[]
  readonly command: WorkerCommandName
  /** What the only worker can't follow, where that is known. */
  readonly abilities?: WorkerDetail['commands']
  readonly onClose: () => void
}

/** Gives one worker or several a command, and shows what each replied. */
export function ControlDialog({ workers, command, abilities = [], onClose }: ControlDialogProps) {
  const { t } = useTranslation()
  const control = useControl()
  const [only] = workers
  const title =
    workers.length === 1
      ? t('control.title', { worker: only })
      : t('control.titleMany', { count: workers.length })
  return (
    <Modal opened onClose={onClose} title={title} size="lg">
      {control.data === undefined ? (
        <ControlForm workers={workers} first={command} abilities={abilities} control={control} />
      ) : (
        <Stack>
          <ControlResults answer={control.data} order={control.variables} />
          <Group justify="flex-end">
            <Button variant="default" onClick={() => control.reset()}>
              {t('control.another')}
            </Button>
            <Button variant="default" onClick={onClose} data-autofocus>
              {t('stop.close')}
            </Button>
          </Group>
        </Stack>
      )}
    </Modal>
  )
}

interface ControlFormProps {
  readonly workers: readonly string[]
  readonly first: WorkerCommandName
  readonly abilities: WorkerDetail['commands']
  readonly control: ReturnType<typeof useControl>
}

function ControlForm({ workers, first, abilities, control }: ControlFormProps) {
  const { t } = useTranslation()
  const [command, setCommand] = useState(first)
  const [values, setValues] = useState(initialValues(first))
  const [typed, setTyped] = useState('')
  const refusal = abilities.find((each) => each.command === command)?.refusal ?? null
  const ends = command === 'shutdown'
  const confirmation = typedConfirmation(workers)
  const ready = refusal === null && isComplete(command, values) && (!ends || typed.trim() === confirmation)
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        if (ready) control.mutate({ command, workers, ...argumentsOf(command, values) })
      }}
    >
      <Stack>
        <NativeSelect
          label={t('control.command')}
          value={command}
          data-autofocus
          onChange={({ currentTarget }) => {
            const chosen = offered.find((each) => each === currentTarget.value) ?? command
            setCommand(chosen)
            setValues(initialValues(chosen))
            setTyped('')
          }}
          data={offered.map((value) => ({ value, label: t(`control.name.${value}`) }))}
        />
        <Text size="sm" c="dimmed">
          {t(`control.does.${command}`)}
        </Text>
        <Fields command={command} values={values} onChange={setValues} />
        {refusal !== null && (
          <Text size="sm" role="status">
            {t(`reply.${refusal}`)}
          </Text>
        )}
        {ends && (
          <TextInput
            label={t('control.confirm', { text: confirmation })}
            value={typed}
            autoComplete="off"
            onChange={(event) => setTyped(event.currentTarget.value)}
          />
        )}
        {control.error && <Problem error={control.error} />}
        <Group justify="flex-end">
          <Button type="submit" {...(ends && { color: 'red' })} disabled={!ready} loading={control.isPending}>
            {t(`control.name.${command}`)}
          </Button>
        </Group>
      </Stack>
    </form>
  )
}

interface FieldsProps {
  readonly command: WorkerCommandName
  readonly values: Values
  readonly onChange: (values: Values) => void
}

function Fields({ command, values, onChange }: FieldsProps) {
  const { t } = useTranslation()
  return fieldsOf(command).map(({ name, kind, required }) => (
    <TextInput
      key={name}
      label={t(`control.field.${name}`)}
      value={values[name] ?? ''}
      required={required}
      withAsterisk={false}
      autoComplete="off"
      {...(kind === 'number' && { type: 'number', min: 0, inputMode: 'numeric' as const })}
      onChange={(event) => onChange({ ...values, [name]: event.currentTarget.value })}
    />
  ))
}
