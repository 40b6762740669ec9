import { createTheme } from '@mantine/core'

/** Calm and dense: small text, small gaps, one accent. `close` is what screen readers call the cross of a dialog. */
export function themeOf(close: string) {
  return createTheme({
    primaryColor: 'cyan',
    primaryShade: { light: 9, dark: 8 },
    autoContrast: true,
    defaultRadius: 'sm',
    cursorType: 'pointer',
    respectReducedMotion: true,
    fontFamily:
      'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Noto Sans", "DejaVu Sans", sans-serif',
    fontFamilyMonospace: 'ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace',
    components: {
      Modal: {
        defaultProps: {
          centered: true,
          overlayProps: { backgroundOpacity: 0.4 },
          closeButtonProps: { 'aria-label': close },
        },
      },
      Tooltip: { defaultProps: { openDelay: 300, withArrow: true } },
    },
  })
}
