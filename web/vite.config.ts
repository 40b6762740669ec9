import { fileURLToPath } from 'node:url'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

/** The web interface, built to dist/web, which `crisper serve` serves. `base` is relative: it works below any path. */
export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  base: './',
  plugins: [react()],
  build: {
    outDir: '../dist/web',
    emptyOutDir: true,
    target: 'es2022',
    modulePreload: { polyfill: false },
    // Bytes below which chunks are put together: twenty small ones take longer than their bytes.
    rollupOptions: { output: { experimentalMinChunkSize: 30_000 } },
  },
  server: { proxy: { '/api': 'http://127.0.0.1:8722' } },
})
