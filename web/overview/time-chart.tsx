import 'uplot/dist/uPlot.min.css'
import { Paper, Text, useComputedColorScheme } from '@mantine/core'
import { useElementSize } from '@mantine/hooks'
import { useEffect, useRef } from 'react'
import { useTranslation } from 'react-i18next'
import uPlot from 'uplot'
import { usePreferences } from '../shell/preferences.js'
import { colorsOf } from './chart-colors.js'

interface Series {
  readonly label: string
  readonly tone: 'good' | 'bad' | 'stop' | 'run' | 'idle' | 'warn'
  readonly values: readonly (number | null)[]
  readonly filled?: boolean
}

interface TimeChartProps {
  readonly title: string
  /** Where on the axis, ISO 8601. */
  readonly points: readonly { readonly at: string }[]
  readonly series: readonly Series[]
  readonly format: (value: number) => string
  /** Shorter, for the axis. */
  readonly axisFormat?: (value: number) => string
  /** Dragging over the chart chooses a window, where that means something. */
  readonly zoom?: (from: string, to: string) => void
}

const height = 190

/** Lines over time. What they show is said in words, too, for those who can't see them. */
export function TimeChart({ title, points, series, format, axisFormat = format, zoom }: TimeChartProps) {
  const { t } = useTranslation()
  const { ref, width } = useElementSize()
  const canvas = useRef<HTMLDivElement>(null)
  const colors = colorsOf(useComputedColorScheme('light'))
  const { timeZone } = usePreferences().preferences

  useEffect(() => {
    if (canvas.current === null || width === 0) return
    const times = points.map(({ at }) => Date.parse(at) / 1000)
    const chart = new uPlot(
      {
        width,
        height,
        ...(timeZone !== 'local' && { tzDate: (at: number) => uPlot.tzDate(new Date(at * 1000), timeZone) }),
        cursor: { y: false, drag: { x: zoom !== undefined, y: false, setScale: false } },
        legend: { live: true },
        scales: { y: { range: (_chart, _low, high) => [0, high || 1] } },
        axes: [
          { stroke: colors.text, grid: { stroke: colors.grid }, ticks: { stroke: colors.grid } },
          {
            stroke: colors.text,
            grid: { stroke: colors.grid },
            ticks: { stroke: colors.grid },
            size: 60,
            values: (_chart, values) => values.map(axisFormat),
          },
        ],
        series: [
          {},
          ...series.map(({ label, tone, filled, values }) => ({
            label,
            stroke: colors[tone],
            width: 1.5,
            points: { size: 5, show: true, filter: () => alone(values) },
            value: (_chart: uPlot, value: number | null) => (value === null ? '–' : format(value)),
            ...(filled && { fill: `${colors[tone]}33` }),
          })),
        ],
        hooks: {
          setSelect: [
            (chart) => {
              const { left, width: dragged } = chart.select
              if (dragged < 4) return
              const from = chart.posToVal(left, 'x')
              const to = chart.posToVal(left + dragged, 'x')
              zoom?.(new Date(from * 1000).toISOString(), new Date(to * 1000).toISOString())
            },
          ],
        },
      },
      [times, ...series.map(({ values }) => [...values])],
      canvas.current,
    )
    return () => chart.destroy()
  }, [width, points, series, colors, format, axisFormat, zoom, timeZone])

  return (
    <Paper withBorder p="xs">
      <Text size="xs" c="dimmed" mb={4}>
        {title}
      </Text>
      <div ref={ref} role="img" aria-label={t('overview.chart', { title, text: inWords(series, format) })}>
        <div ref={canvas} />
      </div>
    </Paper>
  )
}

/** Where values stand that have no neighbour: they are drawn as points, since one makes no line. */
function alone(values: readonly (number | null)[]): number[] {
  const isKnown = (index: number) => (values[index] ?? null) !== null
  return [...values.keys()].filter((index) => isKnown(index) && !isKnown(index - 1) && !isKnown(index + 1))
}

/** The last and the greatest value of each line. */
function inWords(series: readonly Series[], format: (value: number) => string): string {
  return series
    .map(({ label, values }) => {
      const known = values.filter((value) => value !== null)
      return known.length === 0 ? `${label}: –` : `${label}: ${format(Math.max(...known))}`
    })
    .join('; ')
}
