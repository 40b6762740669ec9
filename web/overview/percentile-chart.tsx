import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import type { Overview } from '../api/types.js'
import { duration, roughDuration } from '../components/time.js'
import { TimeChart } from './time-chart.js'
import { useZoom } from './use-zoom.js'

interface PercentileChartProps {
  readonly title: string
  readonly points: Overview['points']
  readonly field: 'run' | 'wait'
  readonly zoom: (from: string, to: string) => void
}

/** The 50th, 95th and 99th percentile of a time in each bucket. */
export function PercentileChart({ title, points, field, zoom }: PercentileChartProps) {
  const { i18n } = useTranslation()
  const series = useMemo(
    () =>
      (
        [
          ['p50', 'good'],
          ['p95', 'warn'],
          ['p99', 'bad'],
        ] as const
      ).map(([label, tone]) => ({
        label,
        tone,
        values: points.map((point) => point[field]?.[label] ?? null),
      })),
    [points, field],
  )
  const format = useMemo(() => (value: number) => duration(value, i18n.language), [i18n.language])
  const axisFormat = useMemo(() => (value: number) => roughDuration(value, i18n.language), [i18n.language])
  return (
    <TimeChart
      title={title}
      points={points}
      series={series}
      format={format}
      axisFormat={axisFormat}
      zoom={useZoom(zoom)}
    />
  )
}
