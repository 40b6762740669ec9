import i18next from 'i18next'
import { initReactI18next } from 'react-i18next'

const languages = { en: () => import('./en.js'), 'pt-BR': () => import('./pt-br.js') } as const
type Language = keyof typeof languages

const storageKey = 'crisper.language'

/** The language that was chosen, else the browser's, else English. */
function language(): Language {
  const wanted = [localStorage.getItem(storageKey), ...navigator.languages]
  if (wanted.find((each) => each?.startsWith('pt') || each?.startsWith('en'))?.startsWith('pt'))
    return 'pt-BR'
  return 'en'
}

export async function startMessages(): Promise<void> {
  const lng = language()
  const { messages } = await languages[lng]()
  document.documentElement.lang = lng
  await i18next.use(initReactI18next).init({
    lng,
    resources: { [lng]: { translation: messages } },
    interpolation: { escapeValue: false },
  })
}

export function chooseLanguage(chosen: Language): void {
  localStorage.setItem(storageKey, chosen)
  location.reload()
}
