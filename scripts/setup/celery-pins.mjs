/**
 * @typedef {object} Pin
 * @property {{ min: number, max: number }} python minor versions of Python 3 that it runs on
 * @property {string[]} packages as pip takes them
 */

// Left to pip: what only carries data and must fit the interpreter (msgpack, PyYAML).
const common = ['amqp==5.3.1', 'vine==5.1.0', 'click==8.1.8', 'msgpack', 'PyYAML']

/**
 * Versions of Celery that Crisper is tested with, each with the libraries it was released for. Celery 5.2 reads entry
 * points in a way that ended with Python 3.12.
 * @type {Record<string, Pin>}
 */
export const celeryPins = {
  '5.2.6': {
    python: { min: 8, max: 11 },
    packages: ['celery==5.2.6', 'kombu==5.2.4', 'billiard==3.6.4.0', 'redis==4.6.0', 'pytz', ...common],
  },
  '5.3.6': {
    python: { min: 8, max: 12 },
    packages: ['celery==5.3.6', 'kombu==5.3.7', 'billiard==4.2.1', 'redis==4.6.0', ...common],
  },
  '5.4.0': {
    python: { min: 8, max: 13 },
    packages: ['celery==5.4.0', 'kombu==5.4.2', 'billiard==4.2.1', 'redis==5.2.1', ...common],
  },
  '5.5.3': {
    python: { min: 8, max: 13 },
    packages: ['celery==5.5.3', 'kombu==5.5.4', 'billiard==4.2.1', 'redis==5.2.1', ...common],
  },
  '5.6.3': {
    python: { min: 9, max: 14 },
    packages: ['celery==5.6.3', 'kombu==5.6.2', 'billiard==4.2.4', 'redis==6.4.0', ...common],
  },
}

/**
 * What the pools of the same names need; only their tests do. The last that run on Python 3.8, and for later Pythons
 * the ones that were tested with both ends of the versions above.
 */
export const greenPoolPackages = [
  "gevent==24.2.1; python_version < '3.9'",
  "gevent==25.9.1; python_version >= '3.9'",
  "eventlet==0.38.2; python_version < '3.9'",
  "eventlet==0.40.3; python_version >= '3.9'",
]

/**
 * What results in SQL databases and with Django need; only their tests do. The versions of a team that stays on Celery
 * 5.2, and current ones. (django-celery-results 2.5 wants Celery 5.2.7.)
 * @param {string} version of Celery
 * @returns {string[]} packages as pip takes them
 */
export function resultStorePackages(version) {
  const drivers = [
    "psycopg2-binary==2.9.10; python_version < '3.9'",
    "psycopg2-binary==2.9.13; python_version >= '3.9'",
    'PyMySQL==1.1.1',
  ]
  if (version.startsWith('5.2.'))
    return ['SQLAlchemy==1.4.54', 'Django==4.2.30', 'django-celery-results==2.4.0', ...drivers]
  return [
    'SQLAlchemy==2.0.58',
    "Django==4.2.30; python_version < '3.10'",
    "Django==5.2.19; python_version >= '3.10'",
    'django-celery-results==2.6.0',
    ...drivers,
  ]
}

/** What keeps beat's schedule in Django's database, beside the above; only its tests do. */
export const djangoBeatPackages = ['django-celery-beat==2.9.0']
