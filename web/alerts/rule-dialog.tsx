import {
  Button,
  Group,
  Modal,
  MultiSelect,
  NativeSelect,
  NumberInput,
  Stack,
  Switch,
  TextInput,
} from '@mantine/core'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useSaveRule } from '../api/alerts.js'
import type { AlertChannel, Rule } from '../api/types.js'
import { Problem } from '../components/problem.js'
import { conditionOf, fieldsOf, type Kind, kinds, startValues, type Values, valuesOf } from './rule-fields.js'

interface RuleDialogProps {
  /** The one to change; absent for a new one. */
  readonly rule?: Rule | undefined
  readonly channels: readonly AlertChannel[]
  readonly onClose: () => void
}

/** Makes or changes a rule. */
export function RuleDialog({ rule, channels, onClose }: RuleDialogProps) {
  const { t } = useTranslation()
  return (
    <Modal opened onClose={onClose} title={rule === undefined ? t('alerts.newRule') : rule.name}>
      <RuleForm rule={rule} channels={channels} onClose={onClose} />
    </Modal>
  )
}

function RuleForm({ rule, channels, onClose }: RuleDialogProps) {
  const { t } = useTranslation()
  const save = useSaveRule(rule?.id)
  const [name, setName] = useState(rule?.name ?? '')
  const [kind, setKind] = useState<Kind>(rule?.condition.kind ?? 'failure_rate')
  const [values, setValues] = useState<Values>(
    rule === undefined ? startValues(kind) : valuesOf(rule.condition),
  )
  const [firesAfter, setFiresAfter] = useState(rule?.fires_after ?? 60)
  const [resolvesAfter, setResolvesAfter] = useState(rule?.resolves_after ?? 300)
  const [told, setTold] = useState<readonly string[]>(
    rule?.channels ?? channels.map((channel) => channel.name),
  )
  const [enabled, setEnabled] = useState(rule?.enabled ?? true)
  const order = {
    name,
    condition: conditionOf(kind, values),
    fires_after: firesAfter,
    resolves_after: resolvesAfter,
    channels: told,
    enabled,
  }
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        save.mutate(order, { onSuccess: onClose })
      }}
    >
      <Stack gap="sm">
        <TextInput
          label={t('alerts.name')}
          value={name}
          required
          withAsterisk={false}
          maxLength={80}
          data-autofocus
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <NativeSelect
          label={t('alerts.kind')}
          value={kind}
          data={kinds.map((value) => ({ value, label: t(`alerts.kinds.${value}`) }))}
          onChange={({ currentTarget }) => {
            const chosen = kinds.find((each) => each === currentTarget.value) ?? kind
            setKind(chosen)
            setValues(startValues(chosen))
          }}
        />
        <ConditionFields kind={kind} values={values} onChange={setValues} />
        <Group grow>
          <Seconds label={t('alerts.firesAfter')} value={firesAfter} onChange={setFiresAfter} />
          <Seconds label={t('alerts.resolvesAfter')} value={resolvesAfter} onChange={setResolvesAfter} />
        </Group>
        <MultiSelect
          label={t('alerts.channels')}
          {...(channels.length === 0 && { description: t('alerts.noChannelsHint') })}
          data={[...new Set([...channels.map((channel) => channel.name), ...told])]}
          value={[...told]}
          onChange={setTold}
        />
        <Switch
          label={t('alerts.enabled')}
          checked={enabled}
          onChange={(event) => setEnabled(event.currentTarget.checked)}
        />
        {save.error && <Problem error={save.error} />}
        <Group justify="flex-end">
          <Button type="submit" loading={save.isPending}>
            {t('alerts.save')}
          </Button>
        </Group>
      </Stack>
    </form>
  )
}

interface ConditionFieldsProps {
  readonly kind: Kind
  readonly values: Values
  readonly onChange: (values: Values) => void
}

function ConditionFields({ kind, values, onChange }: ConditionFieldsProps) {
  const { t } = useTranslation()
  const [main, narrowing] = [true, false].map((isMain) =>
    fieldsOf[kind].filter(({ optional }) => optional !== isMain),
  )
  const input = ({ name, number, optional }: (typeof fieldsOf)[Kind][number]) =>
    number === null ? (
      <TextInput
        key={name}
        label={t(`alerts.field.${name}`)}
        {...(optional && { placeholder: t('alerts.any') })}
        required={!optional}
        withAsterisk={false}
        value={values[name] ?? ''}
        maxLength={255}
        spellCheck={false}
        onChange={(event) => onChange({ ...values, [name]: event.currentTarget.value })}
      />
    ) : (
      <NumberInput
        key={name}
        label={t(`alerts.field.${name}`)}
        required
        withAsterisk={false}
        min={number.least}
        max={number.most}
        value={values[name] ?? number.start}
        onChange={(value) => onChange({ ...values, [name]: value })}
      />
    )
  return (
    <>
      <Group grow align="flex-end">
        {main?.map(input)}
      </Group>
      <Group grow preventGrowOverflow={false} align="flex-end">
        {narrowing?.map(input)}
      </Group>
    </>
  )
}

interface SecondsProps {
  readonly label: string
  readonly value: number
  readonly onChange: (seconds: number) => void
}

function Seconds({ label, value, onChange }: SecondsProps) {
  return (
    <NumberInput
      label={label}
      min={0}
      max={86_400}
      allowDecimal={false}
      value={value}
      onChange={(seconds) => onChange(Number(seconds))}
    />
  )
}
