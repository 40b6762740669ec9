/**
 * Adds names to the list of all task names, by which a search finds jobs without scanning them. $1: the names. Sorted, so
 * that two writers lock in the same order.
 */
export const learnNames =
  'insert into task_name (name) select unnest($1::text[]) order by 1 on conflict do nothing'
