import { LRUCache } from 'lru-cache'

/** An answer is kept for so many times what it cost, so that dear ones take a twentieth of a core at most. */
const restPerWork = 20
/** Milliseconds: what costs less is worked out each time. */
const cheapMs = 20

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
        const tookMs = performance.now() - begun
        options.ttl = tookMs < cheapMs ? 1 : restPerWork * tookMs
        return answer
      },
    })
  }

  get(question: string, work: () => Promise<Answer>): Promise<Answer> {
    return this.#answers.forceFetch(question, { context: work })
  }
}
