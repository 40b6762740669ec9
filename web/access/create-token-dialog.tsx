import { Alert, Button, Code, CopyButton, Group, Modal, NativeSelect, Stack } from '@mantine/core'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useCreateToken } from '../api/access.js'
import { useSession } from '../api/session.js'
import type { NewToken } from '../api/types.js'
import { Problem } from '../components/problem.js'
import { GrantInputs, leastGrant, NameInput } from './grant.js'

const lastings = ['7', '30', '90', '365', 'never'] as const
type Lasting = (typeof lastings)[number]

const dayMs = 86_400_000

interface CreateTokenDialogProps {
  readonly roles: readonly string[]
  readonly onClose: () => void
}

/** Makes a token, then shows its secret once. */
export function CreateTokenDialog({ roles, onClose }: CreateTokenDialogProps) {
  const { t } = useTranslation()
  const isFirst = useSession().data?.identity?.kind === 'anonymous'
  const create = useCreateToken({ isFirst })
  const made = create.data
  return (
    <Modal
      opened
      onClose={onClose}
      title={made === undefined ? t('access.newToken') : t('access.made', { name: made.name })}
      // A click beside it must not lose what is shown once.
      closeOnClickOutside={made === undefined}
    >
      {made === undefined ? (
        <TokenOrderForm roles={isFirst ? undefined : roles} create={create} />
      ) : (
        <MadeToken made={made} onClose={onClose} />
      )}
    </Modal>
  )
}

interface TokenOrderFormProps {
  /** Absent for the first token of all, which can't be other than an administrator's. */
  readonly roles: readonly string[] | undefined
  readonly create: ReturnType<typeof useCreateToken>
}

function TokenOrderForm({ roles, create }: TokenOrderFormProps) {
  const { t } = useTranslation()
  const [grant, setGrant] = useState({ ...leastGrant, role: roles === undefined ? 'admin' : leastGrant.role })
  const [lasting, setLasting] = useState<Lasting>('90')
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        create.mutate({ ...grant, expires_at: endOf(lasting) })
      }}
    >
      <Stack gap="sm">
        {roles === undefined && (
          <Alert variant="light" p="xs">
            {t('access.firstToken')}
          </Alert>
        )}
        <NameInput grant={grant} onChange={setGrant} />
        <GrantInputs grant={grant} onChange={setGrant} roles={roles} />
        <NativeSelect
          label={t('access.expires')}
          value={lasting}
          data={lastings.map((value) => ({ value, label: t(`access.lasting.${value}`) }))}
          onChange={({ currentTarget }) =>
            setLasting(lastings.find((each) => each === currentTarget.value) ?? '90')
          }
        />
        {create.error && <Problem error={create.error} />}
        <Group justify="flex-end">
          <Button type="submit" loading={create.isPending}>
            {t('access.create')}
          </Button>
        </Group>
      </Stack>
    </form>
  )
}

function endOf(lasting: Lasting): string | null {
  return lasting === 'never' ? null : new Date(Date.now() + Number(lasting) * dayMs).toISOString()
}

function MadeToken({ made, onClose }: { readonly made: NewToken; readonly onClose: () => void }) {
  const { t } = useTranslation()
  return (
    <Stack gap="sm">
      <Alert color="yellow" variant="light" p="xs">
        {t('access.madeOnce', { name: made.name })}
      </Alert>
      <Code block style={{ whiteSpace: 'pre-wrap', overflowWrap: 'anywhere' }}>
        {made.token}
      </Code>
      <Group justify="flex-end">
        <CopyButton value={made.token}>
          {({ copied, copy }) => (
            <Button onClick={copy} data-autofocus>
              {copied ? t('detail.copied') : t('access.copyToken')}
            </Button>
          )}
        </CopyButton>
        <Button variant="default" onClick={onClose}>
          {t('stop.close')}
        </Button>
      </Group>
    </Stack>
  )
}
