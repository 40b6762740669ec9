import type { stopMessages as english } from './en-stops.js'

export const stopMessages: typeof english = {
  stop: {
    title: 'Parar {{name}}',
    soft: 'Suave: deixar terminar, nunca iniciar de novo',
    hard: 'Forçada: encerrar agora',
    softShort: 'Suave',
    hardShort: 'Forçada',
    reason: 'Motivo',
    reasonExample: 'para quem perguntar depois',
    doSoft: 'Parar',
    doHard: 'Encerrar agora',
    following: 'acompanhando até o resultado…',
    close: 'Fechar',
    cancel: 'Retirar',
    none: 'Nenhuma parada encontrada.',
    noneHint: 'Pare uma tarefa na página dela ou na lista; ela aparece aqui com o resultado.',
    by: 'Por',
    why: 'Situação',
    requested: 'Solicitada',
    task: 'Tarefa',
    status: 'Estado',
    anyStatus: 'Qualquer estado',
    mode: 'Modo',
    because: 'Motivo: {{reason}}',
    sentTimes: 'Enviada {{count, number}} vezes, a última',
    sentTimes_one: 'Enviada',
    reply: '{{worker}} respondeu "{{text}}"',
    evidence: 'Prova: {{what}} {{worker}}',
  },
  bulk: {
    title: 'Parar muitas tarefas',
    total: '{{count, number}} tarefas não terminadas serão paradas:',
    total_one: 'Uma tarefa não terminada será parada:',
    none: 'Todas já terminaram: não há o que parar.',
    runningOn: '{{count, number}} em execução em {{worker}}',
    soft: 'O que espera nunca é iniciado. O que executa pode terminar, e não roda de novo.',
    hard: 'O que espera nunca é iniciado. O que executa é encerrado agora.',
    cannot: '{{count, number}} rodam em pools que não encerram tarefas: podem terminar, e não rodam de novo.',
    doSoft: 'Parar {{count, number}}',
    doHard: 'Encerrar {{count, number}} agora',
  },
  batch: {
    title: 'Paradas em massa',
    running: '{{count, number}} tarefas: enviando',
    sent: '{{count, number}} tarefas: enviadas, aguardando resultados',
    done: '{{count, number}} tarefas: concluído',
    cancelled: '{{count, number}} tarefas: cancelado',
    cancel: 'Cancelar o resto',
    percent: 'Paradas com resultado',
    stops: 'Mostrar cada parada',
  },
  place: {
    queued: 'Ela espera na fila {{queue}}.',
    reserved: 'Ela está reservada em {{worker}}.',
    scheduled: 'Ela espera em {{worker}} por sua hora, {{eta}}.',
    running: 'Ela executa em {{worker}} (pool {{pool}}), há {{ran}}.',
    finished: 'Ela terminou.',
    unknown: 'Ninguém viu esta tarefa ainda: a parada fica guardada e vale quando ela aparecer.',
  },
  effect: {
    nothing: 'Ela já terminou ({{state}}): não há o que parar.',
    runs_on: 'Ela executa até o fim. Não é tentada de novo nem roda outra vez.',
    dropped_on_worker: 'Ela espera em um worker e é descartada quando chegar a sua vez.',
    dropped_at_eta: 'Ela espera pela sua hora (ETA) e é descartada então; conta como revogada desde já.',
    dropped_from_queue: 'Ela espera na fila e é descartada quando um worker a pegar.',
    dropped_without_worker:
      'Ela espera na fila; nenhum worker está online. O primeiro que a pegar a descarta.',
    dropped_if_seen: 'Nada se sabe dela. Se aparecer dentro de uma semana, é descartada.',
    refused:
      'O pool {{pool}} de {{worker}} não consegue encerrar uma tarefa em execução. Para encerrá-la agora, reinicie esse ' +
      'worker; da próxima vez, rode tarefas assim em um worker prefork.',
    greenlet_killed: 'Seu greenlet em {{worker}} é morto no próximo ponto em que ceder a vez.',
    tried: 'Não se sabe se {{worker}} consegue encerrá-la: ele não disse qual pool usa. Tenta-se.',
    signalled:
      'O processo que a executa em {{worker}} recebe o sinal do worker (SIGTERM, se não foi trocado) e é substituído; a ' +
      'tarefa não tem chance de limpar nada, a não ser que trate esse sinal.',
  },
  note: {
    stopped_already: 'Uma parada em aberto já a inclui.',
    acks_late:
      'Sua mensagem é confirmada tarde (acks_late): se o worker se perder, ela é entregue de novo. A parada então a ' +
      'descarta, em todo worker que foi avisado.',
    waits_for_retry: 'Ela espera por uma nova tentativa, que a parada impede.',
    retry_dropped: 'Se levantar Retry, a nova tentativa é descartada.',
    unconfirmed:
      'O worker não confirmou que ela executa lá agora: pode ter acabado de terminar, ou estar ocupado demais para responder.',
  },
}
