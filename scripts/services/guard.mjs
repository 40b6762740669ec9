import { spawn } from 'node:child_process'

// Reads `add PID` and `drop PID`. At the end of its input, which comes when this Node process ends in any way at all
// (kill -9 too), it ends every process group still on its list: politely, and after five seconds by force. A group of
// which only zombies are left has ended, though `kill -0` finds it until a lazy init reaps them; macOS has no /proc to tell.
const script = `
trap '' INT TERM HUP QUIT
list=
while read -r what pid; do
  case $what in
    add) list="$list $pid" ;;
    drop) kept=; for p in $list; do [ "$p" = "$pid" ] || kept="$kept $p"; done; list=$kept ;;
  esac
done
lives() {
  [ -r /proc/self/stat ] || return 0
  for stat in /proc/[0-9]*/stat; do
    read -r line <"$stat" || continue
    # After the name: state, parent, process group.
    set -- "$1" \${line##*) }
    [ "$4" = "$1" ] && [ "$2" != Z ] && return 0
  done
  return 1
}
for p in $list; do kill -TERM "-$p"; done
for i in 1 2 3 4 5; do
  alive=; for p in $list; do kill -0 "-$p" && lives "$p" && alive=yes; done
  [ -n "$alive" ] || exit 0
  sleep 1
done
for p in $list; do kill -KILL "-$p"; done
`

/** @type {import('node:child_process').ChildProcess | undefined} */
let guard

/**
 * Sees to it that this process group ends when our own process does, however that comes about.
 * @param {number} pid leader of a process group
 */
export function endWithUs(pid) {
  guard ??= startGuard()
  guard.stdin?.write(`add ${pid}\n`)
}

/**
 * The process group has ended; its number may soon belong to somebody else.
 * @param {number} pid
 */
export function hasEnded(pid) {
  guard?.stdin?.write(`drop ${pid}\n`)
}

function startGuard() {
  const started = spawn('/bin/sh', ['-c', script], { stdio: ['pipe', 'ignore', 'ignore'], detached: true })
  started.stdin.on('error', () => {
    // Somebody killed the guard: nothing to do but go on without it.
  })
  started.unref()
  if ('unref' in started.stdin && typeof started.stdin.unref === 'function') started.stdin.unref()
  return started
}
