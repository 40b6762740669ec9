/** The points of a line from left to right, as SVG takes them. The axis begins at 0. */
export function pointsOf(values: readonly number[], width: number, height: number): string {
  const most = Math.max(1, ...values)
  const step = width / Math.max(1, values.length - 1)
  return values
    .map((value, index) => {
      const x = round(index * step)
      const y = round(height - 1 - (value / most) * (height - 2))
      return `${x},${y}`
    })
    .join(' ')
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}
