/** The layering of docs/architecture.md, checked: http, cli -> domain -> db, celery; never the other way. */
const domain = '^src/(tasks|stops|fleet|metrics|reconcile|retention|schedules|views|access|redaction)/'
module.exports = {
  forbidden: [
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'celery-stands-alone',
      comment: 'src/celery speaks Celery: it knows no database of ours, no HTTP and none of our domain',
      severity: 'error',
      from: { path: '^src/celery/' },
      to: { path: '^(src/(?!celery/)|node_modules/(kysely|fastify|@fastify|commander)/)' },
    },
    {
      name: 'drivers-of-result-backends-stay-there',
      comment: 'Celery keeps results in databases of its own; nothing else of src/celery speaks SQL',
      severity: 'error',
      from: { path: '^src/celery/', pathNot: '^src/celery/results/sql/' },
      to: { path: '^node_modules/(pg|mysql2|@photostructure)/' },
    },
    {
      name: 'drivers-are-loaded-late',
      comment: 'who keeps results elsewhere pays neither time nor memory for them',
      severity: 'error',
      from: { path: '^src/' },
      to: {
        path: '^node_modules/(mysql2|@photostructure)/',
        dependencyTypesNot: ['dynamic-import', 'type-only'],
      },
    },
    {
      name: 'redaction-is-pure',
      comment: 'rules on text and values: whoever stores or shows something applies them',
      severity: 'error',
      from: { path: '^src/redaction/' },
      to: { path: '^src/(?!redaction/|celery/)' },
    },
    {
      name: 'db-knows-no-domain',
      severity: 'error',
      from: { path: '^src/db/' },
      to: { path: '^src/(?!db/)' },
    },
    {
      name: 'domain-knows-no-http',
      severity: 'error',
      from: { path: domain },
      to: { path: '^(src/(http|cli|crisper|compose)|node_modules/(fastify|@fastify|commander)/)' },
    },
    {
      name: 'http-and-cli-are-apart',
      severity: 'error',
      from: { path: '^src/http/' },
      to: { path: '^src/cli/' },
    },
    {
      name: 'only-the-root-composes',
      comment: 'src/crisper.ts and src/compose build the parts; routes are given what they need',
      severity: 'error',
      from: { path: '^src/http/' },
      to: { path: '^src/(crisper|compose/)' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
  },
}
