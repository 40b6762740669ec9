import { LRUCache } from 'lru-cache'

/** An answer is kept for so many times what it cost: cheap ones are fresh, dear ones take a twentieth of a core at most. */
const restPerWork = 20

/** Answers to questions that many ask: equal ones share an answer while it is worked out and for a while after. */
export class KeptAnswers<Answer extends object> {
  readonly #answers: LRUCache<string, Answer, () => Promise<Answer>>

  /** `most`: different questions whose answers are kept. */
  constructor(most: number) {
    this.#answers = new LRUCache<string, Answer, () => Promise<Answer>>({
      max: most,
      // Set below, after each answer.
      ttl: 1,
      // Whoever waits for an answer gets it, also where newer ones have pushed it out.
      ignoreFetchAbort: true,
      fetchMethod: async (_question, _stale, { context: work, options }) => {
        const begun = performance.now()
        const answer = await work()
        options.ttl = Math.max(1, restPerWork * (performance.now() - begun))
        return answer
      },
    })
  }

  get(question: string, work: () => Promise<Answer>): Promise<Answer> {
    return this.#answers.forceFetch(question, { context: work })
  }
}
