const light = {
  text: '#495057',
  grid: '#e9ecef',
  good: '#2f9e44',
  bad: '#e03131',
  stop: '#7048e8',
  run: '#1098ad',
  idle: '#868e96',
  warn: '#e8590c',
}

const dark: typeof light = {
  text: '#c1c2c5',
  grid: '#373a40',
  good: '#51cf66',
  bad: '#ff6b6b',
  stop: '#b197fc',
  run: '#3bc9db',
  idle: '#909296',
  warn: '#ffa94d',
}

/** A chart is painted, so it can't take its colours from style sheets. */
export function colorsOf(scheme: 'light' | 'dark'): typeof light {
  return scheme === 'dark' ? dark : light
}
