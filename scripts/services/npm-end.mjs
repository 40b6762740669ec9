/**
 * Calls back once npm is gone that runs us. A SIGTERM to npm reaches only the shell between it and us, which dies
 * without a word; our parent is another process then.
 * @param {() => void} callback
 */
export function onNpmEnd(callback) {
  if (process.env.npm_lifecycle_event === undefined) return
  const shell = process.ppid
  const timer = setInterval(() => {
    if (process.ppid === shell) return
    clearInterval(timer)
    callback()
  }, 250)
  timer.unref()
}
