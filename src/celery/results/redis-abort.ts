import type { Redis } from 'ioredis'

/** Celery's default `result_expires`, one day. */
const expiresMs = 24 * 3600 * 1000

/**
 * A script, so that no result is stored between the look and the write. Celery's own (`store_result`, `_store_result` of
 * `celery.backends.base`) looks first and writes then, and spares a SUCCESS only. An entry that is to be kept longer
 * than a day, or for ever, tells another `result_expires`, which is respected. Like `celery.backends.redis` it publishes
 * the entry for those who wait for the result.
 */
const script = `
local stored = redis.call('GET', KEYS[1])
if stored then
  local isJson, meta = pcall(cjson.decode, stored)
  if not isJson or type(meta) ~= 'table' then return 'foreign' end
  if meta.status == 'SUCCESS' or meta.status == 'FAILURE' then return 'finished' end
end
local left = redis.call('PTTL', KEYS[1])
if left == -1 then
  redis.call('SET', KEYS[1], ARGV[1])
else
  redis.call('PSETEX', KEYS[1], math.max(left, tonumber(ARGV[2])), ARGV[1])
end
redis.call('PUBLISH', KEYS[1], ARGV[1])
return 'stored'
`

/**
 * Stores the state ABORTED as `celery.contrib.abortable.AbortableAsyncResult.abort` does. False where the key holds
 * something that isn't JSON: nothing was written then.
 */
export async function storeAborted(redis: Redis, key: string, taskId: string): Promise<boolean> {
  const answer = await redis.eval(script, 1, key, abortedEntry(taskId), expiresMs)
  return answer !== 'foreign'
}

/** `celery.backends.base.Backend._get_result_meta` for a client, which knows no request and so no children. */
function abortedEntry(taskId: string): string {
  return JSON.stringify({
    status: 'ABORTED',
    result: null,
    traceback: null,
    children: null,
    date_done: null,
    task_id: taskId,
  })
}
