import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { LiteralValue } from '../../src/celery/python-literal.js'
import classes from './literal.module.css'

/** Items drawn at once; more come when they are asked for. */
const step = 50
/** Levels that are open at first. */
const openLevels = 2

interface LiteralTreeProps {
  readonly value: LiteralValue
  readonly level?: number
}

/** A Python value. What holds others folds. */
export function LiteralTree({ value, level = 0 }: LiteralTreeProps) {
  const children = childrenOf(value)
  if (children === undefined) return <Leaf value={value} />
  if (children.length === 0) return <span className={classes.mark}>{bracketsOf(value).join('')}</span>
  return <Branch value={value} items={children} level={level} />
}

interface Child {
  readonly name: LiteralValue | undefined
  readonly value: LiteralValue
}

interface BranchProps {
  readonly value: LiteralValue
  readonly items: readonly Child[]
  readonly level: number
}

function Branch({ value, items, level }: BranchProps) {
  const { t } = useTranslation()
  const [shown, setShown] = useState(step)
  const [open, close] = bracketsOf(value)
  return (
    <details className={classes.branch} open={level < openLevels && items.length <= step}>
      <summary>
        <span className={classes.mark}>{open}</span>
        <span className={classes.count}>{items.length.toLocaleString()}</span>
        <span className={classes.mark}>{close}</span>
      </summary>
      {items.slice(0, shown).map((item, index) => (
        // The items of a value never change place.
        // biome-ignore lint/suspicious/noArrayIndexKey: nor have they any other name
        <div key={index} className={classes.item}>
          {item.name !== undefined && (
            <>
              <span className={classes.key}>
                {typeof item.name === 'string' ? item.name : <LiteralTree value={item.name} level={99} />}
              </span>
              <span className={classes.mark}>: </span>
            </>
          )}
          <LiteralTree value={item.value} level={level + 1} />
        </div>
      ))}
      {items.length > shown && (
        <button type="button" className={classes.more} onClick={() => setShown(shown + step * 10)}>
          {t('detail.moreItems', { count: items.length - shown })}
        </button>
      )}
    </details>
  )
}

function Leaf({ value }: { readonly value: LiteralValue }) {
  if (value === null) return <span className={classes.word}>None</span>
  if (typeof value === 'boolean') return <span className={classes.word}>{value ? 'True' : 'False'}</span>
  if (value === redacted) return <Redacted />
  if (typeof value === 'string') return <span className={classes.string}>{`'${value}'`}</span>
  if (typeof value !== 'object') return <span className={classes.number}>{String(value)}</span>
  if (value.kind === 'bytes') return <span className={classes.string}>{hex(value.bytes)}</span>
  if (value.kind === 'cut') return <span className={classes.cut}>{value.text}</span>
  return <span>{value.kind === 'opaque' ? value.raw : ''}</span>
}

/** What Crisper puts where a secret was (src/redaction). */
const redacted = '[redacted]'

function Redacted() {
  const { t } = useTranslation()
  return (
    <span className={classes.redacted} title={t('detail.redacted')}>
      {redacted}
    </span>
  )
}

function childrenOf(value: LiteralValue): Child[] | undefined {
  if (value === null || typeof value !== 'object') return undefined
  if ('items' in value) return value.items.map((item) => ({ name: undefined, value: item }))
  if ('entries' in value) return value.entries.map(([name, item]) => ({ name, value: item }))
  return undefined
}

function bracketsOf(value: LiteralValue): [string, string] {
  if (value === null || typeof value !== 'object') return ['', '']
  if (value.kind === 'list') return ['[', ']']
  if (value.kind === 'tuple') return ['(', ')']
  return value.kind === 'frozenset' ? ['frozenset({', '})'] : ['{', '}']
}

function hex(bytes: Uint8Array): string {
  const shown = [...bytes.slice(0, 64)].map((byte) => byte.toString(16).padStart(2, '0')).join(' ')
  return `<${bytes.length} bytes> ${shown}${bytes.length > 64 ? ' …' : ''}`
}
